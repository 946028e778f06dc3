/** `arn:aws:dynamodb:eu-west-1:111111111111:table/rollcall/stream/2030-01-02T03:04:05.678` */
const STREAM_ARN = /:table\/([^/]+)\/stream\//

/**
 * The epoch of the log that a table's stream tells of, read once from that very table: what comes from a table is never taken for
 * something of the one that replaced it, however long both of them have a stream.
 */
export function rememberedEpochs(
  read: (table: string) => Promise<string>,
): (streamArn: string) => Promise<string> {
  const known = new Map<string, Promise<string>>()
  return (streamArn) => {
    const before = known.get(streamArn)
    if (before !== undefined) return before
    const epoch = read(tableOf(streamArn))
    known.set(streamArn, epoch)
    epoch.catch(() => known.delete(streamArn))
    return epoch
  }
}

function tableOf(streamArn: string): string {
  const table = STREAM_ARN.exec(streamArn)?.[1]
  if (table === undefined) throw new Error(`${streamArn || 'nothing'} is no stream of a table`)
  return table
}
