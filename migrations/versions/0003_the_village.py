"""The village and its office"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fairs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('slug', sa.String(length=180), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'cancelled', name='fairstate', native_enum=False, length=32), nullable=False),
    sa.Column('kind', sa.Enum('fair', 'festival', 'conference', 'forum', name='fairkind', native_enum=False, length=32), nullable=False),
    sa.Column('name_vi', sa.String(length=160), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('place_vi', sa.String(length=200), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=True),
    sa.Column('organiser_vi', sa.String(length=200), nullable=False),
    sa.Column('link', sa.String(length=300), nullable=False),
    sa.Column('description_vi', sa.Text(), nullable=False),
    sa.Column('description_en', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_fairs_ends_after_it_starts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fairs')),
    sa.UniqueConstraint('slug', name=op.f('uq_fairs_slug'))
    )
    with op.batch_alter_table('fairs', schema=None) as batch_op:
        batch_op.create_index('ix_fairs_state_ends_on', ['state', 'ends_on'], unique=False)

    op.create_table('rulebook_entries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=48), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('begins_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rulebook_entries')),
    sa.UniqueConstraint('name', 'number', name=op.f('uq_rulebook_entries_name_number'))
    )
    op.create_table('sales_months',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('channel', sa.Enum('online', 'counter', 'export', name='saleschannel', native_enum=False, length=32), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'commune_code', 'channel', name=op.f('pk_sales_months'))
    )
    op.create_table('applications',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('name_vi', sa.String(length=160), nullable=False),
    sa.Column('legal_form', sa.Enum('cooperative', 'company', 'household', 'cooperative_group', name='legalform', native_enum=False, length=32), nullable=False),
    sa.Column('registration', sa.String(length=20), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('address_vi', sa.String(length=200), nullable=False),
    sa.Column('contact_name', sa.String(length=120), nullable=False),
    sa.Column('phone', sa.String(length=16), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('makes', sa.Text(), nullable=False),
    sa.Column('consent', sa.String(length=16), nullable=False),
    sa.Column('state', sa.Enum('received', 'accepted', 'refused', name='applicationstate', native_enum=False, length=32), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("(state = 'accepted') = (producer_id IS NOT NULL)", name=op.f('ck_applications_accepted_has_producer')),
    sa.CheckConstraint("(state = 'received') = (decided_at IS NULL)", name=op.f('ck_applications_decided_at_a_time')),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_applications_producer_id_producers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_applications')),
    sa.UniqueConstraint('reference', name=op.f('uq_applications_reference'))
    )
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.create_index('ix_applications_state_received_at', ['state', 'received_at'], unique=False)
        batch_op.create_index('uq_applications_open_registration', ['registration'], unique=True, sqlite_where=sa.text("state = 'received'"), postgresql_where=sa.text("state = 'received'"))

    op.create_table('fair_producers',
    sa.Column('fair_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_fair_producers_fair_id_fairs')),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_fair_producers_producer_id_producers')),
    sa.PrimaryKeyConstraint('fair_id', 'producer_id', name=op.f('pk_fair_producers'))
    )
    with op.batch_alter_table('fair_producers', schema=None) as batch_op:
        batch_op.create_index('ix_fair_producers_producer_id', ['producer_id'], unique=False)

    op.create_table('maker_invitations',
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('invited_by', sa.String(length=64), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_maker_invitations_producer_id_producers')),
    sa.PrimaryKeyConstraint('producer_id', 'email', name=op.f('pk_maker_invitations')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_maker_invitations_token_hash'))
    )
    op.create_table('producer_members',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_producer_members_producer_id_producers')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_producer_members_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_producer_members'))
    )
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.create_index('ix_producer_members_producer_id', ['producer_id'], unique=False)
        batch_op.create_index('ix_producer_members_user_id', ['user_id'], unique=False)

    op.create_table('supports',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('training', 'equipment', 'label', 'testing', 'promotion', 'loan', 'other', name='supportkind', native_enum=False, length=32), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('fund', sa.String(length=200), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('amount IS NULL OR amount > 0', name=op.f('ck_supports_amount_positive')),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_supports_producer_id_producers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supports'))
    )
    with op.batch_alter_table('supports', schema=None) as batch_op:
        batch_op.create_index('ix_supports_commune_code', ['commune_code'], unique=False)
        batch_op.create_index('ix_supports_given_on', ['given_on'], unique=False)
        batch_op.create_index('ix_supports_producer_id', ['producer_id'], unique=False)

    op.create_table('visits',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.Column('follows', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_visits_producer_id_producers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits'))
    )
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.create_index('ix_visits_commune_code_visited_on', ['commune_code', 'visited_on'], unique=False)
        batch_op.create_index('ix_visits_producer_id', ['producer_id'], unique=False)
        batch_op.create_index('ix_visits_visited_on', ['visited_on'], unique=False)

    op.create_table('fair_products',
    sa.Column('fair_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_fair_products_fair_id_fairs')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_fair_products_product_id_products')),
    sa.PrimaryKeyConstraint('fair_id', 'product_id', name=op.f('pk_fair_products'))
    )
    with op.batch_alter_table('fair_products', schema=None) as batch_op:
        batch_op.create_index('ix_fair_products_product_id', ['product_id'], unique=False)

    op.create_table('officer_communes',
    sa.Column('membership_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_officer_communes_membership_id_memberships')),
    sa.PrimaryKeyConstraint('membership_id', 'commune_code', name=op.f('pk_officer_communes'))
    )
    op.create_table('revisions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('producer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('base_version', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'approved', 'withdrawn', name='revisionstate', native_enum=False, length=32), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('touched', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_by', sa.String(length=64), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state NOT IN ('approved', 'returned') OR decided_at IS NOT NULL", name=op.f('ck_revisions_decided_at_a_time')),
    sa.ForeignKeyConstraint(['producer_id'], ['producers.id'], name=op.f('fk_revisions_producer_id_producers')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_revisions_product_id_products')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revisions')),
    sa.UniqueConstraint('reference', name=op.f('uq_revisions_reference'))
    )
    with op.batch_alter_table('revisions', schema=None) as batch_op:
        batch_op.create_index('ix_revisions_producer_id_state', ['producer_id', 'state'], unique=False)
        batch_op.create_index('ix_revisions_product_id', ['product_id'], unique=False)
        batch_op.create_index('ix_revisions_state_submitted_at', ['state', 'submitted_at'], unique=False)
        batch_op.create_index('uq_revisions_open_own', ['producer_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned') AND product_id IS NULL"), postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned') AND product_id IS NULL"))
        batch_op.create_index('uq_revisions_open_product', ['product_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned')"), postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"))

    op.create_table('sales_days',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.Enum('online', 'counter', 'export', name='saleschannel', native_enum=False, length=32), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['outlet_id'], ['outlets.id'], name=op.f('fk_sales_days_outlet_id_outlets')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_sales_days_product_id_products')),
    sa.PrimaryKeyConstraint('day', 'product_id', 'outlet_id', 'channel', name=op.f('pk_sales_days'))
    )
    with op.batch_alter_table('sales_days', schema=None) as batch_op:
        batch_op.create_index('ix_sales_days_product_id_day', ['product_id', 'day'], unique=False)

    op.create_table('renewal_notices',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('certificate_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_to_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_to_by', sa.String(length=64), nullable=False),
    sa.Column('note_vi', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificates.id'], name=op.f('fk_renewal_notices_certificate_id_certificates')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_renewal_notices')),
    sa.UniqueConstraint('certificate_id', 'days', name=op.f('uq_renewal_notices_certificate_id_days'))
    )
    with op.batch_alter_table('renewal_notices', schema=None) as batch_op:
        batch_op.create_index('ix_renewal_notices_seen_to_at', ['seen_to_at'], unique=False)

    op.create_table('reviews',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('written', 'published', 'refused', 'withdrawn', name='reviewstate', native_enum=False, length=32), nullable=False),
    sa.Column('rating', sa.SmallInteger(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('shown_name', sa.String(length=60), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Enum('off_topic', 'insult', 'personal_data', 'unlawful', name='reason', native_enum=False, length=32), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name=op.f('ck_reviews_refused_for_a_reason')),
    sa.CheckConstraint('rating BETWEEN 1 AND 5', name=op.f('ck_reviews_rating_of_five')),
    sa.ForeignKeyConstraint(['line_id'], ['order_lines.id'], name=op.f('fk_reviews_line_id_order_lines')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_reviews_product_id_products')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews')),
    sa.UniqueConstraint('line_id', name=op.f('uq_reviews_line_id'))
    )
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.create_index('ix_reviews_product_id_state', ['product_id', 'state', 'written_at'], unique=False)
        batch_op.create_index('ix_reviews_state_written_at', ['state', 'written_at'], unique=False)

    op.create_table('traces',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=9), nullable=False),
    sa.Column('lot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', name='tracestate', native_enum=False, length=32), nullable=False),
    sa.Column('packed_on', sa.Date(), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('process_vi', sa.Text(), nullable=False),
    sa.Column('process_en', sa.Text(), nullable=False),
    sa.Column('gtin', sa.String(length=14), nullable=True),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('registered_by', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('scans', sa.Integer(), nullable=False),
    sa.Column('first_scan_on', sa.Date(), nullable=True),
    sa.Column('last_scan_on', sa.Date(), nullable=True),
    sa.Column('suspicion', sa.Enum('many', 'ended', 'gone', name='suspicion', native_enum=False, length=32), nullable=True),
    sa.CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name=op.f('ck_traces_published_at_a_time')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_traces_quantity_positive')),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_traces_lot_id_lots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_traces')),
    sa.UniqueConstraint('code', name=op.f('uq_traces_code')),
    sa.UniqueConstraint('lot_id', name=op.f('uq_traces_lot_id'))
    )
    with op.batch_alter_table('traces', schema=None) as batch_op:
        batch_op.create_index('ix_traces_gtin', ['gtin'], unique=False)
        batch_op.create_index('ix_traces_suspicion', ['suspicion'], unique=False)

    op.create_table('review_answers',
    sa.Column('review_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('state', sa.Enum('written', 'published', 'refused', 'withdrawn', name='reviewstate', native_enum=False, length=32), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by', sa.String(length=64), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Enum('off_topic', 'insult', 'personal_data', 'unlawful', name='reason', native_enum=False, length=32), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name=op.f('ck_review_answers_refused_for_a_reason')),
    sa.ForeignKeyConstraint(['review_id'], ['reviews.id'], name=op.f('fk_review_answers_review_id_reviews')),
    sa.PrimaryKeyConstraint('review_id', name=op.f('pk_review_answers'))
    )
    with op.batch_alter_table('review_answers', schema=None) as batch_op:
        batch_op.create_index('ix_review_answers_state_answered_at', ['state', 'answered_at'], unique=False)

    op.create_table('trace_notes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trace_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('words', sa.String(length=300), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['traces.id'], name=op.f('fk_trace_notes_trace_id_traces')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trace_notes'))
    )
    with op.batch_alter_table('trace_notes', schema=None) as batch_op:
        batch_op.create_index('ix_trace_notes_trace_id', ['trace_id'], unique=False)

    op.create_table('trace_parents',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trace_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('parent_id < trace_id', name=op.f('ck_trace_parents_parents_are_older')),
    sa.ForeignKeyConstraint(['parent_id'], ['traces.id'], name=op.f('fk_trace_parents_parent_id_traces')),
    sa.ForeignKeyConstraint(['trace_id'], ['traces.id'], name=op.f('fk_trace_parents_trace_id_traces')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trace_parents')),
    sa.UniqueConstraint('trace_id', 'parent_id', name=op.f('uq_trace_parents_trace_id_parent_id'))
    )
    with op.batch_alter_table('trace_parents', schema=None) as batch_op:
        batch_op.create_index('ix_trace_parents_parent_id', ['parent_id'], unique=False)

    op.create_table('trace_scans',
    sa.Column('trace_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['traces.id'], name=op.f('fk_trace_scans_trace_id_traces')),
    sa.PrimaryKeyConstraint('trace_id', 'day', name=op.f('pk_trace_scans'))
    )
    op.create_table('trace_sources',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trace_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('material', sa.String(length=160), nullable=False),
    sa.Column('supplier', sa.String(length=160), nullable=False),
    sa.Column('place', sa.String(length=160), nullable=False),
    sa.Column('got_on', sa.Date(), nullable=True),
    sa.Column('their_lot', sa.String(length=160), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['traces.id'], name=op.f('fk_trace_sources_trace_id_traces')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trace_sources'))
    )
    with op.batch_alter_table('trace_sources', schema=None) as batch_op:
        batch_op.create_index('ix_trace_sources_trace_id', ['trace_id'], unique=False)

    op.create_table('trace_tests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('trace_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('what', sa.String(length=160), nullable=False),
    sa.Column('tested_by', sa.String(length=160), nullable=False),
    sa.Column('tested_on', sa.Date(), nullable=False),
    sa.Column('result', sa.String(length=300), nullable=False),
    sa.Column('paper', sa.String(length=160), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['trace_id'], ['traces.id'], name=op.f('fk_trace_tests_trace_id_traces')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trace_tests'))
    )
    with op.batch_alter_table('trace_tests', schema=None) as batch_op:
        batch_op.create_index('ix_trace_tests_trace_id', ['trace_id'], unique=False)

    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.add_column(sa.Column('score_a', sa.Numeric(precision=4, scale=1), nullable=True))
        batch_op.add_column(sa.Column('score_b', sa.Numeric(precision=4, scale=1), nullable=True))
        batch_op.add_column(sa.Column('score_c', sa.Numeric(precision=4, scale=1), nullable=True))
        batch_op.add_column(sa.Column('assessed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('scan', sa.String(length=64), nullable=False, server_default=''))
        batch_op.alter_column('scan', server_default=None)
        batch_op.add_column(sa.Column('revocation_number', sa.String(length=64), nullable=False, server_default=''))
        batch_op.alter_column('revocation_number', server_default=None)
        batch_op.add_column(sa.Column('revocation_issuer_vi', sa.String(length=160), nullable=False, server_default=''))
        batch_op.alter_column('revocation_issuer_vi', server_default=None)
        batch_op.add_column(sa.Column('revocation_reason', sa.String(length=500), nullable=False, server_default=''))
        batch_op.alter_column('revocation_reason', server_default=None)
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)
        batch_op.create_index('ix_certificates_expires_on', ['expires_on'], unique=False)
        batch_op.create_index('uq_certificates_candidacy', ['product_id'], unique=True, sqlite_where=sa.text("state = 'candidate' AND withdrawn_on IS NULL"), postgresql_where=sa.text("state = 'candidate' AND withdrawn_on IS NULL"))

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('commune_code', sa.String(length=5), nullable=True))
        batch_op.create_index('ix_events_actor_at_id', ['actor', 'at', 'id'], unique=False)
        batch_op.create_index('ix_events_at_id', ['at', 'id'], unique=False)
        batch_op.create_index('ix_events_commune_code_at_id', ['commune_code', 'at', 'id'], unique=False)
        batch_op.create_index('ix_events_verb_at_id', ['verb', 'at', 'id'], unique=False)

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('counted', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('counted', server_default=None)
        batch_op.create_index('ix_fulfilments_changed_at', ['changed_at'], unique=False)
        batch_op.create_index('ix_fulfilments_not_counted', ['state', 'id'], unique=False, sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('of_age', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('of_age', server_default=None)

    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.add_column(sa.Column('focus', sa.Integer(), nullable=False, server_default='5'))
        batch_op.alter_column('focus', server_default=None)
        batch_op.add_column(sa.Column('credit', sa.String(length=120), nullable=False, server_default=''))
        batch_op.alter_column('credit', server_default=None)
        batch_op.add_column(sa.Column('consent', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('consent', server_default=None)
        batch_op.create_index('ix_photos_stem', ['stem'], unique=False)

    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('registration', sa.String(length=20), nullable=False, server_default=''))
        batch_op.alter_column('registration', server_default=None)
        batch_op.add_column(sa.Column('joined_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('translated', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.alter_column('translated', server_default=None)
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)

    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.add_column(sa.Column('video_url', sa.String(length=300), nullable=False, server_default=''))
        batch_op.alter_column('video_url', server_default=None)
        batch_op.add_column(sa.Column('export_wish', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('export_wish', server_default=None)
        batch_op.add_column(sa.Column('declaration', sa.String(length=60), nullable=False, server_default=''))
        batch_op.alter_column('declaration', server_default=None)
        batch_op.add_column(sa.Column('facility', sa.String(length=60), nullable=False, server_default=''))
        batch_op.alter_column('facility', server_default=None)
        batch_op.add_column(sa.Column('facility_expires_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('alcohol_percent', sa.Numeric(precision=4, scale=1), nullable=True))
        batch_op.add_column(sa.Column('alcohol_licence', sa.String(length=60), nullable=False, server_default=''))
        batch_op.alter_column('alcohol_licence', server_default=None)
        batch_op.add_column(sa.Column('translated', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.alter_column('translated', server_default=None)
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)
        batch_op.add_column(sa.Column('key_product', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('key_product', server_default=None)

    with op.batch_alter_table('sales', schema=None) as batch_op:
        batch_op.add_column(sa.Column('counted', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('counted', server_default=None)
        batch_op.create_index('ix_sales_not_counted', ['state', 'id'], unique=False, sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))
        batch_op.create_index('ix_sales_paid_at', ['paid_at'], unique=False)
        batch_op.create_index('ix_sales_undone_at', ['undone_at'], unique=False, sqlite_where=sa.text('undone_at IS NOT NULL'), postgresql_where=sa.text('undone_at IS NOT NULL'))

    with op.batch_alter_table('variants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('low_stock', sa.Integer(), nullable=False, server_default='0'))
        batch_op.alter_column('low_stock', server_default=None)



def downgrade() -> None:
    with op.batch_alter_table('variants', schema=None) as batch_op:
        batch_op.drop_column('low_stock')

    with op.batch_alter_table('sales', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_undone_at', sqlite_where=sa.text('undone_at IS NOT NULL'), postgresql_where=sa.text('undone_at IS NOT NULL'))
        batch_op.drop_index('ix_sales_paid_at')
        batch_op.drop_index('ix_sales_not_counted', sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))
        batch_op.drop_column('counted')

    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.drop_column('key_product')
        batch_op.drop_column('version')
        batch_op.drop_column('translated')
        batch_op.drop_column('alcohol_licence')
        batch_op.drop_column('alcohol_percent')
        batch_op.drop_column('facility_expires_on')
        batch_op.drop_column('facility')
        batch_op.drop_column('declaration')
        batch_op.drop_column('export_wish')
        batch_op.drop_column('video_url')

    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.drop_column('version')
        batch_op.drop_column('translated')
        batch_op.drop_column('joined_on')
        batch_op.drop_column('registration')

    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.drop_index('ix_photos_stem')
        batch_op.drop_column('consent')
        batch_op.drop_column('credit')
        batch_op.drop_column('focus')

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_column('of_age')

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilments_not_counted', sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))
        batch_op.drop_index('ix_fulfilments_changed_at')
        batch_op.drop_column('counted')

    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index('ix_events_verb_at_id')
        batch_op.drop_index('ix_events_commune_code_at_id')
        batch_op.drop_index('ix_events_at_id')
        batch_op.drop_index('ix_events_actor_at_id')
        batch_op.drop_column('commune_code')

    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.drop_index('uq_certificates_candidacy', sqlite_where=sa.text("state = 'candidate' AND withdrawn_on IS NULL"), postgresql_where=sa.text("state = 'candidate' AND withdrawn_on IS NULL"))
        batch_op.drop_index('ix_certificates_expires_on')
        batch_op.drop_column('version')
        batch_op.drop_column('revocation_reason')
        batch_op.drop_column('revocation_issuer_vi')
        batch_op.drop_column('revocation_number')
        batch_op.drop_column('scan')
        batch_op.drop_column('withdrawn_on')
        batch_op.drop_column('assessed_on')
        batch_op.drop_column('score_c')
        batch_op.drop_column('score_b')
        batch_op.drop_column('score_a')

    with op.batch_alter_table('trace_tests', schema=None) as batch_op:
        batch_op.drop_index('ix_trace_tests_trace_id')

    op.drop_table('trace_tests')
    with op.batch_alter_table('trace_sources', schema=None) as batch_op:
        batch_op.drop_index('ix_trace_sources_trace_id')

    op.drop_table('trace_sources')
    op.drop_table('trace_scans')
    with op.batch_alter_table('trace_parents', schema=None) as batch_op:
        batch_op.drop_index('ix_trace_parents_parent_id')

    op.drop_table('trace_parents')
    with op.batch_alter_table('trace_notes', schema=None) as batch_op:
        batch_op.drop_index('ix_trace_notes_trace_id')

    op.drop_table('trace_notes')
    with op.batch_alter_table('review_answers', schema=None) as batch_op:
        batch_op.drop_index('ix_review_answers_state_answered_at')

    op.drop_table('review_answers')
    with op.batch_alter_table('traces', schema=None) as batch_op:
        batch_op.drop_index('ix_traces_suspicion')
        batch_op.drop_index('ix_traces_gtin')

    op.drop_table('traces')
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.drop_index('ix_reviews_state_written_at')
        batch_op.drop_index('ix_reviews_product_id_state')

    op.drop_table('reviews')
    with op.batch_alter_table('renewal_notices', schema=None) as batch_op:
        batch_op.drop_index('ix_renewal_notices_seen_to_at')

    op.drop_table('renewal_notices')
    with op.batch_alter_table('sales_days', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_days_product_id_day')

    op.drop_table('sales_days')
    with op.batch_alter_table('revisions', schema=None) as batch_op:
        batch_op.drop_index('uq_revisions_open_product', sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned')"), postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"))
        batch_op.drop_index('uq_revisions_open_own', sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned') AND product_id IS NULL"), postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned') AND product_id IS NULL"))
        batch_op.drop_index('ix_revisions_state_submitted_at')
        batch_op.drop_index('ix_revisions_product_id')
        batch_op.drop_index('ix_revisions_producer_id_state')

    op.drop_table('revisions')
    op.drop_table('officer_communes')
    with op.batch_alter_table('fair_products', schema=None) as batch_op:
        batch_op.drop_index('ix_fair_products_product_id')

    op.drop_table('fair_products')
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_index('ix_visits_visited_on')
        batch_op.drop_index('ix_visits_producer_id')
        batch_op.drop_index('ix_visits_commune_code_visited_on')

    op.drop_table('visits')
    with op.batch_alter_table('supports', schema=None) as batch_op:
        batch_op.drop_index('ix_supports_producer_id')
        batch_op.drop_index('ix_supports_given_on')
        batch_op.drop_index('ix_supports_commune_code')

    op.drop_table('supports')
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.drop_index('ix_producer_members_user_id')
        batch_op.drop_index('ix_producer_members_producer_id')

    op.drop_table('producer_members')
    op.drop_table('maker_invitations')
    with op.batch_alter_table('fair_producers', schema=None) as batch_op:
        batch_op.drop_index('ix_fair_producers_producer_id')

    op.drop_table('fair_producers')
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.drop_index('uq_applications_open_registration', sqlite_where=sa.text("state = 'received'"), postgresql_where=sa.text("state = 'received'"))
        batch_op.drop_index('ix_applications_state_received_at')

    op.drop_table('applications')
    op.drop_table('sales_months')
    op.drop_table('rulebook_entries')
    with op.batch_alter_table('fairs', schema=None) as batch_op:
        batch_op.drop_index('ix_fairs_state_ends_on')

    op.drop_table('fairs')
