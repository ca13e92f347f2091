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

    with op.batch_alter_table('photos', schema=None) as batch_op:
        batch_op.drop_index('ix_photos_stem')
        batch_op.drop_column('consent')
        batch_op.drop_column('credit')
        batch_op.drop_column('focus')

    op.drop_table('officer_communes')
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.drop_index('ix_producer_members_user_id')
        batch_op.drop_index('ix_producer_members_producer_id')

    op.drop_table('producer_members')
