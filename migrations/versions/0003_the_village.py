"""The village and its office"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
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

    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('registration', sa.String(length=20), nullable=False, server_default=''))
        batch_op.alter_column('registration', server_default=None)
        batch_op.add_column(sa.Column('joined_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)

    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.alter_column('version', server_default=None)



def downgrade() -> None:
    with op.batch_alter_table('products', schema=None) as batch_op:
        batch_op.drop_column('version')

    with op.batch_alter_table('producers', schema=None) as batch_op:
        batch_op.drop_column('version')
        batch_op.drop_column('joined_on')
        batch_op.drop_column('registration')

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
    op.drop_table('officer_communes')
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.drop_index('ix_producer_members_user_id')
        batch_op.drop_index('ix_producer_members_producer_id')

    op.drop_table('producer_members')
