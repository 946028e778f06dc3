import { type Effect, effectOf } from '../effect.ts'
import type { Change } from '../Replica.ts'
import type { Statements } from './statements.ts'

/** Writes changes into one copy of a file, within the caller's transaction. */
export class CopyWriter {
  readonly #statements: Statements
  readonly #copy: number

  constructor(statements: Statements, copy: number) {
    this.#statements = statements
    this.#copy = copy
  }

  seq(stream: string): number {
    return Number(this.#statements.seq.get(this.#copy, stream)?.seq ?? 0)
  }

  apply(change: Change): void {
    const { stream, seq } = change
    if (seq <= this.seq(stream)) return
    this.#statements.setSeq.run(this.#copy, stream, seq)
    const effect = effectOf(change)
    if (effect !== null) this.#write(effect)
  }

  #write(effect: Effect): void {
    const copy = this.#copy
    switch (effect.kind) {
      case 'user':
      case 'group':
        this.#setFields(this.#statements[effect.kind], effect.id, effect.fields)
        break
      case 'userDeleted':
      case 'groupDeleted':
        for (const statement of this.#statements[effect.kind]) statement.run(copy, effect.id)
        break
      case 'membership': {
        const { groupId, userId, role } = effect
        if (role === null) this.#statements.endMembership.run(copy, groupId, userId)
        else this.#statements.setMembership.run(copy, groupId, userId, role)
      }
    }
  }

  #setFields(
    statements: Statements['user'] | Statements['group'],
    id: string,
    fields: Readonly<Record<string, unknown>>,
  ): void {
    for (const [field, statement] of Object.entries(statements)) {
      const value = fields[field]
      if (value === undefined) continue
      const isText = typeof value === 'string' || value === null
      statement.run(this.#copy, id, isText ? value : JSON.stringify(value))
    }
  }
}
