import { memoryReplica } from '../../src/client/index.ts'
import { replicaSuite } from '../conformance/replica.ts'

replicaSuite('a replica in memory', () => ({ replica: memoryReplica(), reopen: null, close() {} }))
