import { onTestFinished } from 'vitest'
import type { StreamName } from '../../../src/domain/streams.ts'
import type { EventLog, LogReader, OrderedEventLog, OrderedLogReader } from '../../../src/log/EventLog.ts'

/** A log of its own for one test. Whatever it opened is closed, and its storage removed, by `dispose`. */
export interface LogFixture<Log extends EventLog = EventLog, Reader extends LogReader = LogReader> {
  readonly log: Log
  /** The same log once more, as another process would open it. */
  another(): Promise<Log>
  reader(): Promise<Reader>
  /** Writes over the data of a stored event, as nothing of rollcall does. */
  spoil(stream: StreamName, seq: number, data: string): Promise<unknown>
  dispose(): Promise<void>
}

/** Its log knows `positionAt` as finely as the engine can. */
export type OrderedFixture = LogFixture<OrderedEventLog, OrderedLogReader>

export type OpenFixture<Fixture extends LogFixture = LogFixture> = () => Promise<Fixture>

/** Opens a fixture and disposes of it when the test is over. */
export async function using<Fixture extends LogFixture>(open: OpenFixture<Fixture>): Promise<Fixture> {
  const fixture = await open()
  onTestFinished(() => fixture.dispose())
  return fixture
}
