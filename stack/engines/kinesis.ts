import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { spawnTied, type Tied } from '../processes/tied.ts'

export interface KinesisOptions {
  readonly port: number
  /** It listens there too. */
  readonly tlsPort: number
  readonly log?: string | undefined
}

export const KINESIS_REGION = 'us-east-1'

/** kinesis-local, in memory, on loopback. */
export function spawnKinesis({ port, tlsPort, log }: KinesisOptions): Tied {
  const main = createRequire(import.meta.url).resolve('kinesis-local/main.js')
  const environment = {
    KINESIS_MOCK_PLAIN_PORT: String(port),
    KINESIS_MOCK_TLS_PORT: String(tlsPort),
    CREATE_STREAM_DURATION: '10ms',
    SHARD_LIMIT: '1000',
  }
  // It finds its certificate in its own folder.
  return spawnTied([process.execPath, main], { folder: dirname(main), environment, log })
}
