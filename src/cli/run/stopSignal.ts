/** The first SIGTERM or SIGINT asks to stop. A second one ends the process at once: whoever sends it has waited enough. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}
