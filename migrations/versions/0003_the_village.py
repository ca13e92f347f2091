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
    with op.batch_alter_table('traces', schema=None) as batch_op:
        batch_op.drop_index('ix_traces_suspicion')
        batch_op.drop_index('ix_traces_gtin')

    op.drop_table('traces')
    op.drop_table('officer_communes')
    with op.batch_alter_table('producer_members', schema=None) as batch_op:
        batch_op.drop_index('ix_producer_members_user_id')
        batch_op.drop_index('ix_producer_members_producer_id')

    op.drop_table('producer_members')
