import fc from 'fast-check'
import { Client, CREATE_USER } from '../../support/client.ts'
import type { History } from '../../validators/history.ts'
import { Recorder } from '../../validators/Recorder.ts'
import type { Cluster } from './Cluster.ts'
import type { ClusterFault } from './ClusterFault.ts'
import { type Card, dealt } from './cards.ts'
import { type Command, command } from './commands.ts'
import { Eye } from './Eye.ts'
import { faultsOf } from './faults.ts'
import { FOLLOWERS, NEWCOMERS } from './followers.ts'
import { Known } from './Known.ts'
import { type FollowerKind, LiveFollower } from './LiveFollower.ts'
import { level, quietPoint } from './quiet.ts'
import { UnderWay } from './UnderWay.ts'
import { until } from './until.ts'
import { Writer } from './Writer.ts'

const WRITERS = 8
const COMMANDS_EACH = 40

/** Of an episode, or a quiet point; on a busy machine they take some forty seconds. */
const LIMIT_MS = 240_000

/** In so many episodes each fault is dealt. */
export const ROUND = 3

/** What happens between two quiet points. */
export interface Episode {
  readonly commands: readonly (readonly Command[])[]
  readonly faults: readonly Card[]
}

const exactly = <A>(arbitrary: fc.Arbitrary<A>, length: number): fc.Arbitrary<A[]> =>
  fc.array(arbitrary, { minLength: length, maxLength: length })

const commands = exactly(exactly(command, COMMANDS_EACH), WRITERS)

const KEY_HOLDER = 'reader'

/** On a machine that is busy it may not be shown in time: then another is made. */
async function newKey(client: Client): Promise<string> {
  await client.send(CREATE_USER, { input: { id: KEY_HOLDER, username: KEY_HOLDER } })
  const { createApiKey } = await client.ask(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret token } }',
    { input: { userId: KEY_HOLDER, label: KEY_HOLDER, scopes: ['DIRECTORY_READ'] } },
  )
  return createApiKey.secret
}

/** A directory from its beginning, with those who write to it and those who follow it. */
export class World {
  readonly #cluster: Cluster
  readonly #recorder: Recorder
  readonly #eye: Eye
  readonly #writers: readonly Writer[]
  readonly #followers: LiveFollower[] = []
  readonly #faults: readonly ClusterFault[]
  readonly #underWay = new UnderWay()
  #readerKey = ''
  #count = 0

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#recorder = new Recorder(cluster.totalOrder)
    this.#eye = new Eye(cluster, this.#recorder)
    const parts = { cluster, recorder: this.#recorder, eye: this.#eye, known: new Known() }
    this.#writers = Array.from({ length: WRITERS }, (_, i) => new Writer(parts, `w${i}`, i))
    this.#faults = faultsOf({
      ...{ cluster, recorder: this.#recorder, followers: this.#followers },
      join: (drawn: number) => this.#follow(NEWCOMERS[drawn % NEWCOMERS.length] as FollowerKind, drawn, null),
    })
  }

  static async begin(cluster: Cluster): Promise<World> {
    const world = new World(cluster)
    const client = new Client(cluster.nodes[0]?.url ?? '', cluster.operatorKey)
    const { head } = await client.ask('{ head }')
    const takeKey = async () => {
      world.#readerKey = await newKey(client)
      return true
    }
    await until(takeKey, 'no key could be made', world.#recorder)
    await level(cluster, world.#recorder)
    for (const [i, kind] of FOLLOWERS.entries()) world.#follow(kind, i, head)
    return world
  }

  get history(): History {
    return this.#recorder.history()
  }

  /** Of a directory's life, for so many rounds: the same for the same seed. */
  episodes(seed: number, rounds: number): readonly Episode[] {
    const round = fc
      .tuple(exactly(commands, ROUND), dealt(this.#faults, ROUND, WRITERS * COMMANDS_EACH))
      .map(([all, hands]) => all.map((commands, i) => ({ commands, faults: hands[i] ?? [] })))
    // Without fast-check's leaning to extremes, by which everything would happen at the beginning.
    return fc.sample(fc.noBias(exactly(round, rounds)), { seed, numRuns: 1 }).flat(2)
  }

  /** How often each fault has happened. */
  get happened(): ReadonlyMap<string, number> {
    return new Map(this.#faults.map(({ name, count }) => [name, count()]))
  }

  live(episode: Episode): Promise<void> {
    return this.#underWay.within(LIMIT_MS, () => this.#live(episode))
  }

  /** `seed` draws the cursors that are replayed. */
  quiet(seed: number): Promise<void> {
    return this.#underWay.within(LIMIT_MS, () => this.#quiet(seed))
  }

  async end(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.stop()))
  }

  async #live({ commands, faults }: Episode): Promise<void> {
    const inflicted: Promise<void>[] = []
    // A fault that could not be carried out leaves nothing to wait for: what it took down may be down for ever.
    const failed = Promise.withResolvers<never>()
    const waiting = faults.toSorted((a, b) => a.after - b.after)
    let carriedOut = 0
    const onCommand = () => {
      carriedOut += 1
      while (waiting[0] !== undefined && waiting[0].after < carriedOut) {
        const fault = this.#inflict(waiting.shift() as Card)
        fault.catch(failed.reject)
        inflicted.push(fault)
      }
    }
    const written = this.#writers.map(async (writer, i) => {
      for (const each of commands[i] ?? []) {
        await this.#underWay.track(each.op, () => writer.carryOut(each))
        onCommand()
      }
    })
    await Promise.race([Promise.all(written), failed.promise])
    await Promise.all(inflicted)
    await this.#underWay.track('calm', () => this.#cluster.calm())
  }

  async #quiet(seed: number): Promise<void> {
    const looks = () => this.#underWay.track('looks', () => this.#eye.closed())
    const parts = { cluster: this.#cluster, recorder: this.#recorder, followers: this.#followers, seed }
    await looks()
    await quietPoint(parts, this.#underWay)
    await looks()
  }

  async #inflict({ fault, ...drawn }: Card): Promise<void> {
    await this.#underWay.track(`fault ${fault}`, async () =>
      this.#faults.find(({ name }) => name === fault)?.inflict(drawn),
    )
  }

  #follow(kind: FollowerKind, node: number, head: string | null): void {
    this.#count += 1
    const parts = {
      recorder: this.#recorder,
      eye: this.#eye,
      nodes: this.#cluster.nodes,
      key: kind.mayAudit ? this.#cluster.operatorKey : this.#readerKey,
    }
    const after = kind.start === 'cursor' ? head : null
    this.#followers.push(new LiveFollower(parts, kind, `${kind.name} ${this.#count}`, node, after))
  }
}
