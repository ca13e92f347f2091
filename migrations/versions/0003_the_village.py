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

    with op.batch_alter_table('review_answers', schema=None) as batch_op:
        batch_op.drop_index('ix_review_answers_state_answered_at')

    op.drop_table('review_answers')
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.drop_index('ix_reviews_state_written_at')
        batch_op.drop_index('ix_reviews_product_id_state')

    op.drop_table('reviews')
    op.drop_table('officer_communes')
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.drop_index('ix_producer_members_user_id')
        batch_op.drop_index('ix_producer_members_producer_id')

    op.drop_table('producer_members')
