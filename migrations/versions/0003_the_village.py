"""The village and its office"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
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

    op.create_table('officer_communes',
    sa.Column('membership_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('commune_code', sa.String(length=5), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_officer_communes_membership_id_memberships')),
    sa.PrimaryKeyConstraint('membership_id', 'commune_code', name=op.f('pk_officer_communes'))
    )
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

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('counted', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('counted', server_default=None)
        batch_op.create_index('ix_fulfilments_changed_at', ['changed_at'], unique=False)
        batch_op.create_index('ix_fulfilments_not_counted', ['state', 'id'], unique=False, sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))

    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.add_column(sa.Column('width', sa.Integer(), nullable=False, server_default='0'))
        batch_op.alter_column('width', server_default=None)
        batch_op.add_column(sa.Column('height', sa.Integer(), nullable=False, server_default='0'))
        batch_op.alter_column('height', server_default=None)
        batch_op.add_column(sa.Column('widths', sa.String(length=40), nullable=False, server_default=''))
        batch_op.alter_column('widths', server_default=None)
        batch_op.add_column(sa.Column('avif', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('avif', server_default=None)
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
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)

    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)

    with op.batch_alter_table('sales', schema=None) as batch_op:
        batch_op.add_column(sa.Column('counted', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.alter_column('counted', server_default=None)
        batch_op.create_index('ix_sales_not_counted', ['state', 'id'], unique=False, sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))
        batch_op.create_index('ix_sales_paid_at', ['paid_at'], unique=False)
        batch_op.create_index('ix_sales_undone_at', ['undone_at'], unique=False, sqlite_where=sa.text('undone_at IS NOT NULL'), postgresql_where=sa.text('undone_at IS NOT NULL'))



def downgrade() -> None:
    with op.batch_alter_table('sales', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_undone_at', sqlite_where=sa.text('undone_at IS NOT NULL'), postgresql_where=sa.text('undone_at IS NOT NULL'))
        batch_op.drop_index('ix_sales_paid_at')
        batch_op.drop_index('ix_sales_not_counted', sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))
        batch_op.drop_column('counted')

    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.drop_column('version')

    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.drop_column('version')
        batch_op.drop_column('joined_on')
        batch_op.drop_column('registration')

    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.drop_index('ix_photos_stem')
        batch_op.drop_column('consent')
        batch_op.drop_column('credit')
        batch_op.drop_column('focus')
        batch_op.drop_column('avif')
        batch_op.drop_column('widths')
        batch_op.drop_column('height')
        batch_op.drop_column('width')

    with op.batch_alter_table('fulfilments', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilments_not_counted', sqlite_where=sa.text('NOT counted'), postgresql_where=sa.text('NOT counted'))
        batch_op.drop_index('ix_fulfilments_changed_at')
        batch_op.drop_column('counted')

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

    with op.batch_alter_table('renewal_notices', schema=None) as batch_op:
        batch_op.drop_index('ix_renewal_notices_seen_to_at')

    op.drop_table('renewal_notices')
    with op.batch_alter_table('sales_days', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_days_product_id_day')

    op.drop_table('sales_days')
    op.drop_table('officer_communes')
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.drop_index('ix_producer_members_user_id')
        batch_op.drop_index('ix_producer_members_producer_id')

    op.drop_table('producer_members')
    op.drop_table('maker_invitations')
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.drop_index('uq_applications_open_registration', sqlite_where=sa.text("state = 'received'"), postgresql_where=sa.text("state = 'received'"))
        batch_op.drop_index('ix_applications_state_received_at')

    op.drop_table('applications')
    op.drop_table('sales_months')
