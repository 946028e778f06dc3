import { Connections } from './Connections.ts'
import { connectingTo, type PostgresViews } from './options.ts'
import { createIfMissing } from './schema.ts'

/** How far a consumer is in a shard of what it brings to these views. */
interface Checkpoint {
  /** Of the last record that is done with, in digits; null before the first. */
  readonly sequenceNumber: string | null
  readonly isEnd: boolean
}

const CONNECTIONS = 2

const LOAD = 'SELECT sequence_number::text, is_end FROM checkpoints WHERE source = $1 AND shard = $2'

/** Of two consumers the one that is further on counts: what one has applied, the other need not read again. */
const SAVE = `INSERT INTO checkpoints (source, shard, sequence_number, is_end) VALUES ($1, $2, $3::text::numeric, $4)
  ON CONFLICT (source, shard) DO UPDATE SET
    sequence_number = greatest(checkpoints.sequence_number, EXCLUDED.sequence_number),
    is_end = checkpoints.is_end OR EXCLUDED.is_end`

/** Opens what these views remember of a source, such as a stream, by its name. Rejects as `openPostgresViewReader` does. */
export async function openPostgresCheckpoints(
  options: PostgresViews,
  source: string,
): Promise<PostgresCheckpoints> {
  await createIfMissing(connectingTo(options))
  return new PostgresCheckpoints(new Connections(connectingTo(options), CONNECTIONS), source)
}

/** They are a generation's own: new views begin at the beginning of what the source still has. */
export class PostgresCheckpoints {
  readonly #connections: Connections
  readonly #source: string

  constructor(connections: Connections, source: string) {
    this.#connections = connections
    this.#source = source
  }

  async load(shard: string): Promise<Checkpoint | null> {
    const row = await this.#connections.call((sql) =>
      sql.get<[string | null, boolean]>(LOAD, this.#source, shard),
    )
    return row === undefined ? null : { sequenceNumber: row[0], isEnd: row[1] }
  }

  async save(shard: string, { sequenceNumber, isEnd }: Checkpoint): Promise<void> {
    await this.#connections.call((sql) => sql.all(SAVE, this.#source, shard, sequenceNumber, isEnd))
  }

  close(): Promise<void> {
    return this.#connections.close()
  }
}
