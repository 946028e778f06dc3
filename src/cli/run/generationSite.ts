import type { LogReader } from '../../log/EventLog.ts'
import type { Generations } from '../../views/generations.ts'
import type { ViewReader, ViewWriter } from '../../views/ViewStore.ts'
import type { Config } from '../config.ts'

/** The generations of a directory's views, whatever it stands on, with its log. */
export interface GenerationSite {
  readonly log: LogReader
  readonly generations: Generations
  /** Opens one beside the one that serves, and makes it if it is not there. */
  open(generation: number): Promise<GenerationParts>
  close(): Promise<void>
}

export interface GenerationParts {
  readonly views: ViewReader
  readonly writer: ViewWriter
  /** Brings it all that the serving one has by now. */
  level(hooks?: LevelHooks): Promise<void>
  close(): Promise<void>
}

export interface LevelHooks {
  /** So many events are done with, which is about this share of the work. */
  readonly onProgress?: (events: number, share: number) => void
}

/** Of the engines that are configured. Those that are not used are not loaded either. */
export async function openGenerationSite({ log, views, data }: Config): Promise<GenerationSite> {
  if (log !== null && views !== null) {
    const { openSharedGenerations } = await import('./sharedGenerations.ts')
    return openSharedGenerations({ table: log, views })
  }
  const { openEmbeddedGenerations } = await import('./embeddedGenerations.ts')
  return openEmbeddedGenerations(data)
}

/** As `openGenerationSite`; it is closed after the work. */
export async function onGenerationSite<A>(
  config: Config,
  work: (site: GenerationSite) => Promise<A>,
): Promise<A> {
  const site = await openGenerationSite(config)
  return work(site).finally(() => site.close())
}
