import type { Config } from '../config.ts'
import type { GenerationSite } from './GenerationSite.ts'

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
