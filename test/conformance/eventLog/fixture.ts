import { onTestFinished } from 'vitest'
import type { EventLog, LogReader } from '../../../src/log/EventLog.ts'

/** A log of its own for one test, which knows `positionAt` as finely as the engine can. Whatever it opened is closed, and its storage removed, by `dispose`. */
export interface LogFixture {
  readonly log: EventLog
  /** The same log once more, as another process would open it. */
  another(): Promise<EventLog>
  reader(): Promise<LogReader>
  dispose(): Promise<void>
}

export type OpenFixture = () => Promise<LogFixture>

/** Opens a fixture and disposes of it when the test is over. */
export async function using(open: OpenFixture): Promise<LogFixture> {
  const fixture = await open()
  onTestFinished(() => fixture.dispose())
  return fixture
}
