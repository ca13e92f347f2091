"""The first shop"""

from alembic import op
import sqlalchemy as sa

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('catalogue_state',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_state'))
    )
    op.create_table('events',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('verb', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=96), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index('ix_events_subject_id', ['subject', 'id'], unique=False)

    op.create_table('jobs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=True),
    sa.Column('state', sa.Enum('waiting', 'done', 'dead', name='jobstate', native_enum=False, length=32), nullable=False),
    sa.Column('run_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('key', name=op.f('uq_jobs_key'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_state_run_at', ['state', 'run_at'], unique=False)

    op.create_table('outlets',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('slug', sa.String(length=160), nullable=False),
    sa.Column('name_vi', sa.String(length=160), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('level', sa.Enum('sales_point', 'district_centre', 'provincial_centre', 'regional_centre', name='outletlevel', native_enum=False, length=32), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('district_code', sa.String(length=3), nullable=False),
    sa.Column('address_vi', sa.String(length=200), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('lon', sa.Float(), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('hours', sa.String(length=200), nullable=False),
    sa.Column('supplied_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('pickup', sa.Boolean(), nullable=False),
    sa.Column('ships', sa.Boolean(), nullable=False),
    sa.Column('note_vi', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['supplied_by_id'], ['outlets.id'], name=op.f('fk_outlets_supplied_by_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outlets')),
    sa.UniqueConstraint('code', name=op.f('uq_outlets_code')),
    sa.UniqueConstraint('slug', name=op.f('uq_outlets_slug'))
    )
    with op.batch_alter_table('outlets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outlets_commune_code'), ['commune_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_outlets_district_code'), ['district_code'], unique=False)

    op.create_table('producers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('slug', sa.String(length=160), nullable=False),
    sa.Column('name_vi', sa.String(length=160), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('legal_form', sa.Enum('cooperative', 'company', 'household', 'cooperative_group', name='legalform', native_enum=False, length=32), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('district_code', sa.String(length=3), nullable=False),
    sa.Column('address_vi', sa.String(length=200), nullable=False),
    sa.Column('founded', sa.Integer(), nullable=True),
    sa.Column('members', sa.Integer(), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('summary_vi', sa.String(length=200), nullable=False),
    sa.Column('summary_en', sa.String(length=200), nullable=False),
    sa.Column('quote_vi', sa.String(length=300), nullable=False),
    sa.Column('quote_en', sa.String(length=300), nullable=False),
    sa.Column('story_title_vi', sa.String(length=160), nullable=False),
    sa.Column('story_title_en', sa.String(length=160), nullable=False),
    sa.Column('story_vi', sa.Text(), nullable=False),
    sa.Column('story_en', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_producers')),
    sa.UniqueConstraint('code', name=op.f('uq_producers_code')),
    sa.UniqueConstraint('slug', name=op.f('uq_producers_slug'))
    )
    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_producers_commune_code'), ['commune_code'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('phone', sa.String(length=16), nullable=True),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_sign_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email'))
    )
    op.create_table('carts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['users.id'], name=op.f('fk_carts_customer_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_carts')),
    sa.UniqueConstraint('token', name=op.f('uq_carts_token'))
    )
    with op.batch_alter_table('carts', schema=None) as batch_op:
        batch_op.create_index('ix_carts_customer_id', ['customer_id'], unique=False)
        batch_op.create_index('ix_carts_updated_at', ['updated_at'], unique=False)

    op.create_table('orders',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('submit_token', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('awaiting_payment', 'confirmed', 'ready', 'handed_over', 'shipped', 'delivered', 'cancelled', 'expired', 'closed', name='orderstate', native_enum=False, length=32), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hold_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('phone', sa.String(length=16), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('method', sa.Enum('collect', 'deliver', name='method', native_enum=False, length=32), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('outlet_name', sa.String(length=160), nullable=False),
    sa.Column('outlet_address', sa.String(length=200), nullable=False),
    sa.Column('collect_code', sa.String(length=6), nullable=True),
    sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('commune_code', sa.String(length=5), nullable=True),
    sa.Column('commune_label', sa.String(length=160), nullable=False),
    sa.Column('street', sa.String(length=200), nullable=False),
    sa.Column('old_address', sa.String(length=200), nullable=False),
    sa.Column('promise_from_on', sa.Date(), nullable=True),
    sa.Column('promise_to_on', sa.Date(), nullable=True),
    sa.Column('payment_method', sa.Enum('bank_transfer', 'cash_on_delivery', 'cash_on_collection', name='paymentmethod', native_enum=False, length=32), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('goods', sa.BigInteger(), nullable=False),
    sa.Column('delivery', sa.BigInteger(), nullable=False),
    sa.Column('delivery_vat_percent', sa.Numeric(precision=4, scale=1), nullable=False),
    sa.Column('delivery_vat', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('invoice_company', sa.String(length=200), nullable=True),
    sa.Column('invoice_tax_code', sa.String(length=16), nullable=True),
    sa.Column('invoice_address', sa.String(length=200), nullable=True),
    sa.Column('invoice_email', sa.String(length=254), nullable=True),
    sa.CheckConstraint("(method = 'collect') = (outlet_id IS NOT NULL)", name=op.f('ck_orders_collected_at_an_outlet')),
    sa.CheckConstraint("(method = 'deliver') = (commune_code IS NOT NULL)", name=op.f('ck_orders_delivered_to_a_commune')),
    sa.CheckConstraint('goods + delivery = total', name=op.f('ck_orders_total_adds_up')),
    sa.CheckConstraint('goods >= 0 AND delivery >= 0 AND delivery_vat >= 0', name=op.f('ck_orders_amounts_not_negative')),
    sa.ForeignKeyConstraint(['customer_id'], ['users.id'], name=op.f('fk_orders_customer_id_users')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_orders_outlet_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('reference', name=op.f('uq_orders_reference')),
    sa.UniqueConstraint('submit_token', name=op.f('uq_orders_submit_token')),
    sa.UniqueConstraint('token', name=op.f('uq_orders_token'))
    )
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index('ix_orders_customer_id', ['customer_id'], unique=False)
        batch_op.create_index('ix_orders_phone_state', ['phone', 'state'], unique=False)
        batch_op.create_index('ix_orders_state_placed_at', ['state', 'placed_at'], unique=False)

    op.create_table('products',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('slug', sa.String(length=160), nullable=False),
    sa.Column('slug_en', sa.String(length=160), nullable=False),
    sa.Column('name_vi', sa.String(length=160), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('kind', sa.Enum('goods', 'tour', name='productkind', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'retired', name='productstate', native_enum=False, length=32), nullable=False),
    sa.Column('group_code', sa.String(length=8), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('district_code', sa.String(length=3), nullable=False),
    sa.Column('summary_vi', sa.String(length=200), nullable=False),
    sa.Column('summary_en', sa.String(length=200), nullable=False),
    sa.Column('description_vi', sa.Text(), nullable=False),
    sa.Column('description_en', sa.Text(), nullable=False),
    sa.Column('ingredients_vi', sa.Text(), nullable=False),
    sa.Column('ingredients_en', sa.Text(), nullable=False),
    sa.Column('allergens', sa.String(length=120), nullable=False),
    sa.Column('storage_vi', sa.Text(), nullable=False),
    sa.Column('storage_en', sa.Text(), nullable=False),
    sa.Column('usage_vi', sa.Text(), nullable=False),
    sa.Column('usage_en', sa.Text(), nullable=False),
    sa.Column('shelf_life', sa.String(length=16), nullable=False),
    sa.Column('vat_class', sa.Enum('A', '5', '8', '10', name='vatclass', native_enum=False, length=32), nullable=False),
    sa.Column('hs_code', sa.String(length=10), nullable=False),
    sa.Column('export_class', sa.String(length=1), nullable=False),
    sa.Column('season', sa.String(length=40), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_products_producer_id_producers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_products')),
    sa.UniqueConstraint('code', name=op.f('uq_products_code')),
    sa.UniqueConstraint('slug', name=op.f('uq_products_slug')),
    sa.UniqueConstraint('slug_en', name=op.f('uq_products_slug_en'))
    )
    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_products_commune_code'), ['commune_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_products_group_code'), ['group_code'], unique=False)
        batch_op.create_index('ix_products_producer_id', ['producer_id'], unique=False)

    op.create_table('certificates',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('candidate', 'certified', 'revoked', name='certificatestate', native_enum=False, length=32), nullable=False),
    sa.Column('stars', sa.Integer(), nullable=True),
    sa.Column('score', sa.Numeric(precision=4, scale=1), nullable=True),
    sa.Column('issuer_vi', sa.String(length=160), nullable=False),
    sa.Column('issuer_level', sa.Enum('district', 'province', 'ministry', name='issuerlevel', native_enum=False, length=32), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('revoked_on', sa.Date(), nullable=True),
    sa.Column('note_vi', sa.Text(), nullable=False),
    sa.CheckConstraint("state <> 'revoked' OR revoked_on IS NOT NULL", name=op.f('ck_certificates_revoked_has_day')),
    sa.CheckConstraint("state = 'candidate' OR (signed_on IS NOT NULL AND expires_on IS NOT NULL)", name=op.f('ck_certificates_certified_has_days')),
    sa.CheckConstraint("state = 'candidate' OR (stars IS NOT NULL AND stars BETWEEN 3 AND 5 AND number <> '')", name=op.f('ck_certificates_certified_has_stars')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_certificates_product_id_products')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificates'))
    )
    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.create_index('ix_certificates_product_id_signed_on', ['product_id', 'signed_on'], unique=False)
        batch_op.create_index('ix_certificates_slug', ['slug'], unique=False)
        batch_op.create_index('uq_certificates_decision', ['issuer_vi', 'number', 'signed_on', 'product_id'], unique=True)

    op.create_table('fulfilments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chargeable_g', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_fulfilments_order_id_orders')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_fulfilments_outlet_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fulfilments')),
    sa.UniqueConstraint('order_id', 'position', name=op.f('uq_fulfilments_order_id_position'))
    )
    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.create_index('ix_fulfilments_outlet_id', ['outlet_id'], unique=False)

    op.create_table('payments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.Enum('bank_transfer', 'cash_on_delivery', 'cash_on_collection', name='paymentmethod', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('pending', 'paid', 'cancelled', name='paymentstate', native_enum=False, length=32), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('paid_amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.CheckConstraint("state <> 'paid' OR paid_amount >= amount", name=op.f('ck_payments_paid_in_full')),
    sa.CheckConstraint('amount >= 0 AND paid_amount >= 0', name=op.f('ck_payments_amounts_not_negative')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_payments_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payments')),
    sa.UniqueConstraint('code', name=op.f('uq_payments_code')),
    sa.UniqueConstraint('order_id', name=op.f('uq_payments_order_id'))
    )
    op.create_table('photos',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('stem', sa.String(length=64), nullable=False),
    sa.Column('alt_vi', sa.String(length=200), nullable=False),
    sa.Column('alt_en', sa.String(length=200), nullable=False),
    sa.Column('rendering', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_photos_product_id_products')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photos'))
    )
    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.create_index('ix_photos_product_id_position', ['product_id', 'position'], unique=False)

    op.create_table('retired_slugs',
    sa.Column('slug', sa.String(length=160), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_retired_slugs_product_id_products')),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_retired_slugs'))
    )
    op.create_table('variants',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('unit_vi', sa.String(length=60), nullable=False),
    sa.Column('unit_en', sa.String(length=60), nullable=False),
    sa.Column('net_amount', sa.Integer(), nullable=False),
    sa.Column('net_unit', sa.String(length=8), nullable=False),
    sa.Column('gross_g', sa.Integer(), nullable=False),
    sa.Column('length_mm', sa.Integer(), nullable=False),
    sa.Column('width_mm', sa.Integer(), nullable=False),
    sa.Column('height_mm', sa.Integer(), nullable=False),
    sa.Column('price', sa.BigInteger(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.CheckConstraint('price > 0', name=op.f('ck_variants_price_positive')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_variants_product_id_products')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_variants')),
    sa.UniqueConstraint('sku', name=op.f('uq_variants_sku'))
    )
    with op.batch_alter_table('variants', schema=None) as batch_op:
        batch_op.create_index('ix_variants_product_id_position', ['product_id', 'position'], unique=False)

    op.create_table('bank_transfers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('provider', sa.String(length=32), nullable=False),
    sa.Column('provider_id', sa.String(length=96), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('payment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.Enum('applied', 'over', 'late', 'duplicate', 'unmatched', name='transferstate', native_enum=False, length=32), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_bank_transfers_amount_positive')),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_bank_transfers_payment_id_payments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_transfers')),
    sa.UniqueConstraint('provider', 'provider_id', name=op.f('uq_bank_transfers_provider_provider_id'))
    )
    with op.batch_alter_table('bank_transfers', schema=None) as batch_op:
        batch_op.create_index('ix_bank_transfers_payment_id', ['payment_id'], unique=False)
        batch_op.create_index('ix_bank_transfers_state', ['state'], unique=False)

    op.create_table('cart_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cart_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('seen_price', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_cart_lines_quantity_positive')),
    sa.CheckConstraint('seen_price >= 0', name=op.f('ck_cart_lines_seen_price_not_negative')),
    sa.ForeignKeyConstraint(['cart_id'], ['carts.id'], name=op.f('fk_cart_lines_cart_id_carts')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_cart_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cart_lines')),
    sa.UniqueConstraint('cart_id', 'variant_id', name=op.f('uq_cart_lines_cart_id_variant_id'))
    )
    op.create_table('lots',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=True),
    sa.Column('best_before', sa.Date(), nullable=True),
    sa.Column('state', sa.Enum('sellable', 'quarantined', 'recalled', name='lotstate', native_enum=False, length=32), nullable=False),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_lots_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lots')),
    sa.UniqueConstraint('variant_id', 'code', name=op.f('uq_lots_variant_id_code'))
    )
    op.create_table('order_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku', sa.String(length=32), nullable=False),
    sa.Column('name_vi', sa.String(length=160), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('unit_vi', sa.String(length=60), nullable=False),
    sa.Column('unit_en', sa.String(length=60), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('price', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('vat_percent', sa.Numeric(precision=4, scale=1), nullable=False),
    sa.Column('vat', sa.BigInteger(), nullable=False),
    sa.Column('certificate_number', sa.String(length=64), nullable=True),
    sa.Column('stars', sa.Integer(), nullable=True),
    sa.CheckConstraint('amount = price * quantity', name=op.f('ck_order_lines_amount_adds_up')),
    sa.CheckConstraint('price >= 0 AND vat >= 0', name=op.f('ck_order_lines_amounts_not_negative')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_order_lines_quantity_positive')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_lines_order_id_orders')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_order_lines_product_id_products')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_order_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_lines')),
    sa.UniqueConstraint('order_id', 'position', name=op.f('uq_order_lines_order_id_position'))
    )
    with op.batch_alter_table('order_lines', schema=None) as batch_op:
        batch_op.create_index('ix_order_lines_variant_id', ['variant_id'], unique=False)

    op.create_table('stock_levels',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('on_hand', sa.Integer(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.CheckConstraint('0 <= held AND held <= on_hand', name=op.f('ck_stock_levels_held_within_on_hand')),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_stock_levels_lot_id_lots')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_stock_levels_outlet_id_outlets')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_stock_levels_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_levels')),
    sa.UniqueConstraint('outlet_id', 'lot_id', name=op.f('uq_stock_levels_outlet_id_lot_id'))
    )
    with op.batch_alter_table('stock_levels', schema=None) as batch_op:
        batch_op.create_index('ix_stock_levels_variant_id', ['variant_id', 'outlet_id'], unique=False)

    op.create_table('fulfilment_picks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fulfilment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_fulfilment_picks_quantity_positive')),
    sa.ForeignKeyConstraint(['fulfilment_id'], ['fulfilments.id'], name=op.f('fk_fulfilment_picks_fulfilment_id_fulfilments')),
    sa.ForeignKeyConstraint(['level_id'], ['stock_levels.id'], name=op.f('fk_fulfilment_picks_level_id_stock_levels')),
    sa.ForeignKeyConstraint(['line_id'], ['order_lines.id'], name=op.f('fk_fulfilment_picks_line_id_order_lines')),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_fulfilment_picks_lot_id_lots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fulfilment_picks')),
    sa.UniqueConstraint('fulfilment_id', 'level_id', name=op.f('uq_fulfilment_picks_fulfilment_id_level_id'))
    )
    with op.batch_alter_table('fulfilment_picks', schema=None) as batch_op:
        batch_op.create_index('ix_fulfilment_picks_lot_id', ['lot_id'], unique=False)

    op.create_table('stock_holds',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_ref', sa.String(length=32), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('open', 'released', 'taken', name='holdstate', native_enum=False, length=32), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_stock_holds_quantity_positive')),
    sa.ForeignKeyConstraint(['level_id'], ['stock_levels.id'], name=op.f('fk_stock_holds_level_id_stock_levels')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_holds')),
    sa.UniqueConstraint('order_ref', 'level_id', name=op.f('uq_stock_holds_order_ref_level_id'))
    )
    with op.batch_alter_table('stock_holds', schema=None) as batch_op:
        batch_op.create_index('ix_stock_holds_state_until', ['state', 'until'], unique=False)

    op.create_table('stock_movements',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('received', 'held', 'released', 'sold_online', 'count_correction', name='movementkind', native_enum=False, length=32), nullable=False),
    sa.Column('on_hand', sa.Integer(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(length=96), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['level_id'], ['stock_levels.id'], name=op.f('fk_stock_movements_level_id_stock_levels')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_movements')),
    sa.UniqueConstraint('cause', 'level_id', 'kind', name=op.f('uq_stock_movements_cause_level_id_kind'))
    )
    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.create_index('ix_stock_movements_level_id', ['level_id'], unique=False)

    op.execute("INSERT INTO catalogue_state (id, sequence) VALUES (1, 0)")


def downgrade() -> None:
    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_movements_level_id')

    op.drop_table('stock_movements')
    with op.batch_alter_table('stock_holds', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_holds_state_until')

    op.drop_table('stock_holds')
    with op.batch_alter_table('fulfilment_picks', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilment_picks_lot_id')

    op.drop_table('fulfilment_picks')
    with op.batch_alter_table('stock_levels', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_levels_variant_id')

    op.drop_table('stock_levels')
    with op.batch_alter_table('order_lines', schema=None) as batch_op:
        batch_op.drop_index('ix_order_lines_variant_id')

    op.drop_table('order_lines')
    op.drop_table('lots')
    op.drop_table('cart_lines')
    with op.batch_alter_table('bank_transfers', schema=None) as batch_op:
        batch_op.drop_index('ix_bank_transfers_state')
        batch_op.drop_index('ix_bank_transfers_payment_id')

    op.drop_table('bank_transfers')
    with op.batch_alter_table('variants', schema=None) as batch_op:
        batch_op.drop_index('ix_variants_product_id_position')

    op.drop_table('variants')
    op.drop_table('retired_slugs')
    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.drop_index('ix_photos_product_id_position')

    op.drop_table('photos')
    op.drop_table('payments')
    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilments_outlet_id')

    op.drop_table('fulfilments')
    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.drop_index('uq_certificates_decision')
        batch_op.drop_index('ix_certificates_slug')
        batch_op.drop_index('ix_certificates_product_id_signed_on')

    op.drop_table('certificates')
    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.drop_index('ix_products_producer_id')
        batch_op.drop_index(batch_op.f('ix_products_group_code'))
        batch_op.drop_index(batch_op.f('ix_products_commune_code'))

    op.drop_table('products')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_state_placed_at')
        batch_op.drop_index('ix_orders_phone_state')
        batch_op.drop_index('ix_orders_customer_id')

    op.drop_table('orders')
    with op.batch_alter_table('carts', schema=None) as batch_op:
        batch_op.drop_index('ix_carts_updated_at')
        batch_op.drop_index('ix_carts_customer_id')

    op.drop_table('carts')
    op.drop_table('users')
    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_producers_commune_code'))

    op.drop_table('producers')
    with op.batch_alter_table('outlets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outlets_district_code'))
        batch_op.drop_index(batch_op.f('ix_outlets_commune_code'))

    op.drop_table('outlets')
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.drop_index('ix_jobs_state_run_at')

    op.drop_table('jobs')
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index('ix_events_subject_id')

    op.drop_table('events')
    op.drop_table('catalogue_state')
