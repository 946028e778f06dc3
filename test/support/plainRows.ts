import type { UserRow } from '../../src/ops/rows.ts'

/** Rows with all that they say in fields of their own, as `toEqual` wants it: engines may read some of it only when it is asked for. */
export const plainRows = <Row extends UserRow | null>(rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => row && { ...row, ...lazyFieldsOf(row) })

const lazyFieldsOf = ({ attributes, createdAt, updatedAt }: UserRow) => ({ attributes, createdAt, updatedAt })
