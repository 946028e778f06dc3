import type { ViewReader, ViewWriter } from '../../../src/views/ViewStore.ts'

/** An empty store, as a test of any engine gets it. */
export interface ViewWorld {
  readonly writer: ViewWriter
  readonly reader: ViewReader
  /** Another writer of the same store, as another process would have it. */
  openWriter(): Promise<ViewWriter>
  openReader(): Promise<ViewReader>
  /** The next generation of these views, empty. */
  openNext(): Promise<{ readonly writer: ViewWriter; readonly reader: ViewReader }>
  /** Statements that `reader` has run since it was opened. */
  statements(): number
  close(): Promise<void>
}

export type OpenWorld = () => Promise<ViewWorld>
