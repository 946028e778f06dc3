import type { TokenCodec } from '../../../src/domain/token.ts'
import type { Cluster } from './Cluster.ts'

/** What tokens of the default tenant say of streams. */
export const vectorsIn =
  (tokens: TokenCodec): Cluster['vectorOf'] =>
  (token) => {
    const vector = tokens.decode('default', token)
    if (!vector.ok) throw new Error(vector.error.message)
    return Object.fromEntries(vector.value.streams)
  }
