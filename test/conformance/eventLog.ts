import { describe } from 'vitest'
import { describeAppends } from './eventLog/appends.ts'
import { describeBases } from './eventLog/bases.ts'
import { describeClaims } from './eventLog/claims.ts'
import type { OpenFixture, OrderedFixture } from './eventLog/fixture.ts'
import { describeHeads } from './eventLog/heads.ts'
import { describeIdempotency } from './eventLog/idempotency.ts'
import { describeLifetime } from './eventLog/lifetime.ts'
import { describeLimits } from './eventLog/limits.ts'
import { describeAgreement } from './eventLog/model.ts'
import { describePositions } from './eventLog/positions.ts'
import { describeScans } from './eventLog/scans.ts'
import { describeStreams } from './eventLog/streams.ts'
import { describeTimes } from './eventLog/times.ts'

/** What every log promises. Each adapter's test file calls this, on the real engine; each case gets a new, empty log. */
export function describeEventLog(engine: string, open: OpenFixture): void {
  describe(`EventLog on ${engine}`, () => {
    describeAppends(open)
    describeBases(open)
    describeHeads(open)
    describeTimes(open)
    describeClaims(open)
    describeIdempotency(open)
    describeScans(open)
    describeStreams(open)
    describeLimits(open)
    describeLifetime(open)
    describeAgreement(open)
  })
}

/** What a log with a total order promises besides. */
export function describeOrderedEventLog(engine: string, open: OpenFixture<OrderedFixture>): void {
  describeEventLog(engine, open)
  describe(`OrderedEventLog on ${engine}`, () => describePositions(open))
}
