"""The counter"""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('submissions',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('key', 'actor', name=op.f('pk_submissions'))
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submissions_at'), ['at'], unique=False)

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

    op.create_table('shifts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('outlet_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=64), nullable=False),
    sa.Column('float_amount', sa.BigInteger(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=64), nullable=True),
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
        batch_op.create_unique_constraint(batch_op.f('uq_stock_levels_outlet_id_lot_id_consigned'), ['outlet_id', 'lot_id', 'consigned'])

    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason', sa.String(length=200), nullable=False, server_default=''))
        batch_op.create_index('ix_stock_movements_at', ['at'], unique=False)

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

    with op.batch_alter_table('stock_movements', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_movements_at')
        batch_op.drop_column('reason')

    with op.batch_alter_table('stock_levels', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_stock_levels_outlet_id_lot_id_consigned'), type_='unique')
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

    with op.batch_alter_table('till_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_till_entries_shift_id')

    op.drop_table('till_entries')
    with op.batch_alter_table('shifts', schema=None) as batch_op:
        batch_op.drop_index('uq_shifts_open_outlet_id', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_shifts_outlet_id')

    op.drop_table('shifts')
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.drop_index('ix_memberships_user_id')
        batch_op.drop_index('ix_memberships_outlet_id')

    op.drop_table('memberships')
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submissions_at'))

    op.drop_table('submissions')
