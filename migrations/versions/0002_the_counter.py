"""The counter"""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sign_in_attempts',
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_sign_in_attempts'))
    )
    with op.batch_alter_table('sign_in_attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_attempts_since'), ['since'], unique=False)

    op.create_table('submissions',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('key', 'actor', name=op.f('pk_submissions'))
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submissions_at'), ['at'], unique=False)

    op.create_table('invitations',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('invited_by', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_invitations_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_invitations_token_hash'))
    )
    op.create_table('memberships',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.Enum('clerk', 'manager', 'officer', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(role = 'officer') = (outlet_id IS NULL)", name=op.f('ck_memberships_officers_have_no_outlet')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_memberships_outlet_id_outlets')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_memberships_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships'))
    )
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.create_index('ix_memberships_outlet_id', ['outlet_id'], unique=False)
        batch_op.create_index('ix_memberships_user_id', ['user_id'], unique=False)

    op.create_table('receipts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note_number', sa.String(length=40), nullable=False),
    sa.Column('note_key', sa.String(length=40), nullable=False),
    sa.Column('terms', sa.Enum('consignment', 'purchase', name='terms', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('draft', 'booked', 'cancelled', name='receiptstate', native_enum=False, length=32), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=64), nullable=False),
    sa.Column('booked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('booked_by', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(state = 'booked') = (booked_at IS NOT NULL)", name=op.f('ck_receipts_booked_at_a_time')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_receipts_outlet_id_outlets')),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_receipts_producer_id_producers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipts')),
    sa.UniqueConstraint('reference', name=op.f('uq_receipts_reference'))
    )
    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.create_index('ix_receipts_outlet_id_state', ['outlet_id', 'state'], unique=False)
        batch_op.create_index('uq_receipts_booked_note', ['outlet_id', 'producer_id', 'note_key'], unique=True, sqlite_where=sa.text("state = 'booked'"), postgresql_where=sa.text("state = 'booked'"))

    op.create_table('recovery_codes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_recovery_codes_code_hash'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_user_id'), ['user_id'], unique=False)

    op.create_table('second_factors',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.Column('enrolled_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_second_factors_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_factors'))
    )
    op.create_table('shifts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=64), nullable=False),
    sa.Column('opener', sa.String(length=120), nullable=False),
    sa.Column('float_amount', sa.BigInteger(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=64), nullable=True),
    sa.Column('closer', sa.String(length=120), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=True),
    sa.Column('counted', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.CheckConstraint('(closed_at IS NULL) = (counted IS NULL) AND (closed_at IS NULL) = (expected IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)', name=op.f('ck_shifts_closed_as_a_whole')),
    sa.CheckConstraint('counted IS NULL OR counted >= 0', name=op.f('ck_shifts_counted_not_negative')),
    sa.CheckConstraint('float_amount >= 0', name=op.f('ck_shifts_float_not_negative')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_shifts_outlet_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts'))
    )
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.create_index('ix_shifts_outlet_id', ['outlet_id', 'id'], unique=False)
        batch_op.create_index('uq_shifts_open_outlet_id', ['outlet_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('stocktakes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('counting', 'review', 'approved', 'cancelled', name='stocktakestate', native_enum=False, length=32), nullable=False),
    sa.Column('title', sa.String(length=160), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_stocktakes_outlet_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stocktakes')),
    sa.UniqueConstraint('reference', name=op.f('uq_stocktakes_reference'))
    )
    with op.batch_alter_table('stocktakes', schema=None) as batch_op:
        batch_op.create_index('ix_stocktakes_outlet_id_state', ['outlet_id', 'state'], unique=False)

    op.create_table('tickets',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('clerk_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clerk_id'], ['users.id'], name=op.f('fk_tickets_clerk_id_users')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_tickets_outlet_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tickets')),
    sa.UniqueConstraint('outlet_id', 'clerk_id', name=op.f('uq_tickets_outlet_id_clerk_id'))
    )
    op.create_table('transfers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('target_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('draft', 'sent', 'received', 'closed', 'cancelled', name='transferstate', native_enum=False, length=32), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('receipts', sa.Integer(), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('source_id <> target_id', name=op.f('ck_transfers_to_somewhere_else')),
    sa.ForeignKeyConstraint(['source_id'], ['outlets.id'], name=op.f('fk_transfers_source_id_outlets')),
    sa.ForeignKeyConstraint(['target_id'], ['outlets.id'], name=op.f('fk_transfers_target_id_outlets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfers')),
    sa.UniqueConstraint('reference', name=op.f('uq_transfers_reference'))
    )
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.create_index('ix_transfers_source_id_state', ['source_id', 'state'], unique=False)
        batch_op.create_index('ix_transfers_target_id_state', ['target_id', 'state'], unique=False)

    op.create_table('sales',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('clerk_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('clerk_name', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('awaiting_money', 'paid', 'abandoned', 'expired', 'undone', name='salestate', native_enum=False, length=32), nullable=False),
    sa.Column('method', sa.Enum('cash', 'transfer', name='tender', native_enum=False, length=32), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=True),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('given', sa.BigInteger(), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hold_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('shift_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint("(method = 'transfer') = (code IS NOT NULL)", name=op.f('ck_sales_transfer_has_code')),
    sa.CheckConstraint("(state IN ('paid', 'undone')) = (paid_at IS NOT NULL)", name=op.f('ck_sales_paid_has_instant')),
    sa.CheckConstraint('(paid_at IS NULL) = (shift_id IS NULL)', name=op.f('ck_sales_paid_in_a_shift')),
    sa.CheckConstraint('given IS NULL OR given >= total', name=op.f('ck_sales_given_covers_total')),
    sa.CheckConstraint('total > 0', name=op.f('ck_sales_total_positive')),
    sa.ForeignKeyConstraint(['clerk_id'], ['users.id'], name=op.f('fk_sales_clerk_id_users')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_sales_outlet_id_outlets')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_sales_shift_id_shifts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales')),
    sa.UniqueConstraint('code', name=op.f('uq_sales_code')),
    sa.UniqueConstraint('reference', name=op.f('uq_sales_reference'))
    )
    with op.batch_alter_table('sales', schema=None) as batch_op:
        batch_op.create_index('ix_sales_outlet_id_begun_at', ['outlet_id', 'begun_at'], unique=False)
        batch_op.create_index('ix_sales_shift_id', ['shift_id'], unique=False)

    op.create_table('till_entries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shift_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('sale', 'undone', 'order', name='entrykind', native_enum=False, length=32), nullable=False),
    sa.Column('method', sa.Enum('cash', 'transfer', name='tender', native_enum=False, length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('cause', sa.String(length=96), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_till_entries_shift_id_shifts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_till_entries')),
    sa.UniqueConstraint('cause', 'kind', name=op.f('uq_till_entries_cause_kind'))
    )
    with op.batch_alter_table('till_entries', schema=None) as batch_op:
        batch_op.create_index('ix_till_entries_shift_id', ['shift_id'], unique=False)

    op.create_table('minimum_levels',
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.CheckConstraint('units > 0', name=op.f('ck_minimum_levels_units_positive')),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_minimum_levels_outlet_id_outlets')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_minimum_levels_variant_id_variants')),
    sa.PrimaryKeyConstraint('outlet_id', 'variant_id', name=op.f('pk_minimum_levels'))
    )
    op.create_table('receipt_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('receipt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_code', sa.String(length=40), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=True),
    sa.Column('best_before', sa.Date(), nullable=True),
    sa.Column('announced', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('refusal', sa.Enum('missing', 'broken', 'spoiled', 'ends_too_soon', 'wrong_goods', 'bad_label', 'other', name='refusal', native_enum=False, length=32), nullable=True),
    sa.Column('refusal_words', sa.String(length=200), nullable=False),
    sa.CheckConstraint('0 <= accepted AND accepted <= announced AND announced > 0', name=op.f('ck_receipt_lines_accepted_of_announced')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipts.id'], name=op.f('fk_receipt_lines_receipt_id_receipts')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_receipt_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt_lines')),
    sa.UniqueConstraint('receipt_id', 'position', name=op.f('uq_receipt_lines_receipt_id_position')),
    sa.UniqueConstraint('receipt_id', 'variant_id', 'lot_code', name=op.f('uq_receipt_lines_receipt_id_variant_id_lot_code'))
    )
    op.create_table('sale_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sale_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
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
    sa.CheckConstraint('amount = price * quantity', name=op.f('ck_sale_lines_amount_adds_up')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_sale_lines_quantity_positive')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_sale_lines_product_id_products')),
    sa.ForeignKeyConstraint(['sale_id'], ['sales.id'], name=op.f('fk_sale_lines_sale_id_sales')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_sale_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sale_lines')),
    sa.UniqueConstraint('sale_id', 'position', name=op.f('uq_sale_lines_sale_id_position'))
    )
    with op.batch_alter_table('sale_lines', schema=None) as batch_op:
        batch_op.create_index('ix_sale_lines_variant_id', ['variant_id'], unique=False)

    op.create_table('ticket_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('seen_price', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_ticket_lines_quantity_positive')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_lines_ticket_id_tickets')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_ticket_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_lines')),
    sa.UniqueConstraint('ticket_id', 'variant_id', name=op.f('uq_ticket_lines_ticket_id_variant_id'))
    )
    op.create_table('recalls',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('advice', sa.String(length=500), nullable=False),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('called_by', sa.String(length=64), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_recalls_lot_id_lots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recalls')),
    sa.UniqueConstraint('lot_id', name=op.f('uq_recalls_lot_id'))
    )
    op.create_table('sale_picks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_sale_picks_quantity_positive')),
    sa.ForeignKeyConstraint(['level_id'], ['stock_levels.id'], name=op.f('fk_sale_picks_level_id_stock_levels')),
    sa.ForeignKeyConstraint(['line_id'], ['sale_lines.id'], name=op.f('fk_sale_picks_line_id_sale_lines')),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_sale_picks_lot_id_lots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sale_picks')),
    sa.UniqueConstraint('line_id', 'level_id', name=op.f('uq_sale_picks_line_id_level_id'))
    )
    with op.batch_alter_table('sale_picks', schema=None) as batch_op:
        batch_op.create_index('ix_sale_picks_lot_id', ['lot_id'], unique=False)

    op.create_table('stocktake_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('stocktake_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['level_id'], ['stock_levels.id'], name=op.f('fk_stocktake_lines_level_id_stock_levels')),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_stocktake_lines_lot_id_lots')),
    sa.ForeignKeyConstraint(['stocktake_id'], ['stocktakes.id'], name=op.f('fk_stocktake_lines_stocktake_id_stocktakes')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_stocktake_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stocktake_lines')),
    sa.UniqueConstraint('stocktake_id', 'level_id', name=op.f('uq_stocktake_lines_stocktake_id_level_id'))
    )
    with op.batch_alter_table('stocktake_lines', schema=None) as batch_op:
        batch_op.create_index('ix_stocktake_lines_level_id', ['level_id'], unique=False)

    op.create_table('transfer_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transfer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('level_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('variant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('consigned', sa.Boolean(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('arrived', sa.Integer(), nullable=False),
    sa.Column('differing', sa.Integer(), nullable=False),
    sa.CheckConstraint('arrived >= 0 AND differing >= 0 AND arrived + differing <= quantity', name=op.f('ck_transfer_lines_no_more_than_sent')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_transfer_lines_quantity_positive')),
    sa.ForeignKeyConstraint(['level_id'], ['stock_levels.id'], name=op.f('fk_transfer_lines_level_id_stock_levels')),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_transfer_lines_lot_id_lots')),
    sa.ForeignKeyConstraint(['transfer_id'], ['transfers.id'], name=op.f('fk_transfer_lines_transfer_id_transfers')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_transfer_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer_lines')),
    sa.UniqueConstraint('transfer_id', 'level_id', name=op.f('uq_transfer_lines_transfer_id_level_id'))
    )
    with op.batch_alter_table('transfer_lines', schema=None) as batch_op:
        batch_op.create_index('ix_transfer_lines_lot_id', ['lot_id'], unique=False)

    op.create_table('stocktake_counts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('counted', sa.Integer(), nullable=False),
    sa.Column('expected', sa.Integer(), nullable=False),
    sa.Column('mark', sa.BigInteger(), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('counted >= 0 AND expected >= 0', name=op.f('ck_stocktake_counts_units_not_negative')),
    sa.ForeignKeyConstraint(['line_id'], ['stocktake_lines.id'], name=op.f('fk_stocktake_counts_line_id_stocktake_lines')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stocktake_counts')),
    sa.UniqueConstraint('line_id', 'number', name=op.f('uq_stocktake_counts_line_id_number'))
    )
    op.create_table('transfer_differences',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('receipt', sa.Integer(), nullable=False),
    sa.Column('cause', sa.Enum('broken', 'missing', 'expired', 'wrong_item', name='differencecause', native_enum=False, length=32), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('photo', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_transfer_differences_quantity_positive')),
    sa.ForeignKeyConstraint(['line_id'], ['transfer_lines.id'], name=op.f('fk_transfer_differences_line_id_transfer_lines')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer_differences'))
    )
    with op.batch_alter_table('transfer_differences', schema=None) as batch_op:
        batch_op.create_index('ix_transfer_differences_line_id', ['line_id'], unique=False)

    with op.batch_alter_table('fulfilment_picks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('missing', sa.Integer(), nullable=False, server_default='0'))

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.Enum('to_pick', 'ready', 'handed_over', 'shipped', 'delivered', 'returned', name='fulfilmentstate', native_enum=False, length=32), nullable=False, server_default='to_pick'))
        batch_op.add_column(sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('courier', sa.Enum('viettel_post', 'vnpost', 'ghn', 'ghtk', 'jt', 'own', name='courier', native_enum=False, length=32), nullable=True))
        batch_op.add_column(sa.Column('tracking', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('wrong_codes', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('handed_to', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('note', sa.String(length=200), nullable=False, server_default=''))
        batch_op.drop_index(batch_op.f('ix_fulfilments_outlet_id'))
        batch_op.create_index('ix_fulfilments_outlet_id', ['outlet_id', 'state'], unique=False)

    with op.batch_alter_table('lots', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tests', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('stop_reason', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('outlets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('closed_days', sa.String(length=200), nullable=False, server_default=''))

    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('returned_amount', sa.BigInteger(), nullable=False, server_default='0'))

    with op.batch_alter_table('stock_levels', schema=None) as batch_op:
        batch_op.add_column(sa.Column('consigned', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_constraint(batch_op.f('uq_stock_levels_outlet_id_lot_id'), type_='unique')
        batch_op.create_index('ix_stock_levels_lot_id', ['lot_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_stock_levels_outlet_id_lot_id_consigned'), ['outlet_id', 'lot_id', 'consigned'])

    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason', sa.String(length=200), nullable=False, server_default=''))
        batch_op.create_index('ix_stock_movements_at', ['at'], unique=False)

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sign_ins_end_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('variants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gtin', sa.String(length=14), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_variants_gtin'), ['gtin'])



    with op.batch_alter_table('fulfilment_picks', schema=None) as batch_op:
        batch_op.alter_column('missing', existing_type=sa.Integer(), server_default=None)

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.alter_column('state', existing_type=sa.Enum('to_pick', 'ready', 'handed_over', 'shipped', 'delivered', 'returned', name='fulfilmentstate', native_enum=False, length=32), server_default=None)
        batch_op.alter_column('tracking', existing_type=sa.String(length=40), server_default=None)
        batch_op.alter_column('wrong_codes', existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column('handed_to', existing_type=sa.String(length=120), server_default=None)
        batch_op.alter_column('note', existing_type=sa.String(length=200), server_default=None)

    with op.batch_alter_table('lots', schema=None) as batch_op:
        batch_op.alter_column('tests', existing_type=sa.Text(), server_default=None)
        batch_op.alter_column('stop_reason', existing_type=sa.String(length=300), server_default=None)

    with op.batch_alter_table('outlets', schema=None) as batch_op:
        batch_op.alter_column('closed_days', existing_type=sa.String(length=200), server_default=None)

    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.alter_column('returned_amount', existing_type=sa.BigInteger(), server_default=None)

    with op.batch_alter_table('stock_levels', schema=None) as batch_op:
        batch_op.alter_column('consigned', existing_type=sa.Boolean(), server_default=None)

    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.alter_column('reason', existing_type=sa.String(length=200), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('variants', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_variants_gtin'), type_='unique')
        batch_op.drop_column('gtin')

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_column('sign_ins_end_at')

    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_movements_at')
        batch_op.drop_column('reason')

    with op.batch_alter_table('stock_levels', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_stock_levels_outlet_id_lot_id_consigned'), type_='unique')
        batch_op.drop_index('ix_stock_levels_lot_id')
        batch_op.create_unique_constraint(batch_op.f('uq_stock_levels_outlet_id_lot_id'), ['outlet_id', 'lot_id'])
        batch_op.drop_column('consigned')

    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.drop_column('returned_amount')

    with op.batch_alter_table('outlets', schema=None) as batch_op:
        batch_op.drop_column('closed_days')

    with op.batch_alter_table('lots', schema=None) as batch_op:
        batch_op.drop_column('stopped_at')
        batch_op.drop_column('stop_reason')
        batch_op.drop_column('tests')

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilments_outlet_id')
        batch_op.create_index(batch_op.f('ix_fulfilments_outlet_id'), ['outlet_id'], unique=False)
        batch_op.drop_column('note')
        batch_op.drop_column('handed_to')
        batch_op.drop_column('wrong_codes')
        batch_op.drop_column('tracking')
        batch_op.drop_column('courier')
        batch_op.drop_column('changed_at')
        batch_op.drop_column('state')

    with op.batch_alter_table('fulfilment_picks', schema=None) as batch_op:
        batch_op.drop_column('missing')

    with op.batch_alter_table('transfer_differences', schema=None) as batch_op:
        batch_op.drop_index('ix_transfer_differences_line_id')

    op.drop_table('transfer_differences')
    op.drop_table('stocktake_counts')
    with op.batch_alter_table('transfer_lines', schema=None) as batch_op:
        batch_op.drop_index('ix_transfer_lines_lot_id')

    op.drop_table('transfer_lines')
    with op.batch_alter_table('stocktake_lines', schema=None) as batch_op:
        batch_op.drop_index('ix_stocktake_lines_level_id')

    op.drop_table('stocktake_lines')
    with op.batch_alter_table('sale_picks', schema=None) as batch_op:
        batch_op.drop_index('ix_sale_picks_lot_id')

    op.drop_table('sale_picks')
    op.drop_table('recalls')
    op.drop_table('ticket_lines')
    with op.batch_alter_table('sale_lines', schema=None) as batch_op:
        batch_op.drop_index('ix_sale_lines_variant_id')

    op.drop_table('sale_lines')
    op.drop_table('receipt_lines')
    op.drop_table('minimum_levels')
    with op.batch_alter_table('till_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_till_entries_shift_id')

    op.drop_table('till_entries')
    with op.batch_alter_table('sales', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_shift_id')
        batch_op.drop_index('ix_sales_outlet_id_begun_at')

    op.drop_table('sales')
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.drop_index('ix_transfers_target_id_state')
        batch_op.drop_index('ix_transfers_source_id_state')

    op.drop_table('transfers')
    op.drop_table('tickets')
    with op.batch_alter_table('stocktakes', schema=None) as batch_op:
        batch_op.drop_index('ix_stocktakes_outlet_id_state')

    op.drop_table('stocktakes')
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.drop_index('uq_shifts_open_outlet_id', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_shifts_outlet_id')

    op.drop_table('shifts')
    op.drop_table('second_factors')
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_codes_user_id'))

    op.drop_table('recovery_codes')
    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.drop_index('uq_receipts_booked_note', sqlite_where=sa.text("state = 'booked'"), postgresql_where=sa.text("state = 'booked'"))
        batch_op.drop_index('ix_receipts_outlet_id_state')

    op.drop_table('receipts')
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.drop_index('ix_memberships_user_id')
        batch_op.drop_index('ix_memberships_outlet_id')

    op.drop_table('memberships')
    op.drop_table('invitations')
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submissions_at'))

    op.drop_table('submissions')
    with op.batch_alter_table('sign_in_attempts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_attempts_since'))

    op.drop_table('sign_in_attempts')
