import { type ClassType, Field, ObjectType, Root } from 'type-graphql'
import { badInput, DomainFailure } from '../domain/errors.ts'
import { andThen, type Soon } from '../domain/soon.ts'
import { type Vector, vectorAt } from '../domain/token.ts'
import type { Program } from '../ops/program.ts'
import { getPosition, type PageArgs } from '../ops/query.ts'
import type { Page } from '../ops/rows.ts'
import type { Read } from '../services/directory.ts'
import type { RequestContext } from './context.ts'
import { ConsistencyToken, Cursor } from './scalars.ts'

export const MAX_PAGE = 1_000

/** The arguments of a list, as they were given. */
export interface ListArgs {
  readonly first: number | null
  readonly after: string | undefined
}

/** The arguments of a list as its op wants them. BAD_USER_INPUT, BAD_CURSOR. */
export function pageArgs(context: RequestContext, scope: string, { first, after }: ListArgs): PageArgs {
  const size = first ?? 50
  if (size < 0 || size > MAX_PAGE)
    throw new DomainFailure(badInput('first', size, `must be 0 to ${MAX_PAGE}`))
  return { first: size, after: after == null ? null : context.place(scope, after) }
}

@ObjectType({ simpleResolvers: true, description: 'Where a page of a list ends.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow.' })
  readonly hasNextPage!: boolean

  @Field(() => Cursor, {
    nullable: true,
    description:
      'Pass it as after to read on. An empty page ends at the after that was given; null: there was none.',
  })
  readonly endCursor!: string | null
}

/** An empty page ends where it began, or whoever reads on from it would begin anew. */
export function pageInfo(
  context: RequestContext,
  scope: string,
  { after }: PageArgs,
  { cursors, hasNextPage }: Page<unknown>,
): PageInfo {
  const end = cursors.at(-1) ?? after
  return { hasNextPage, endCursor: end === null ? null : context.cursor(scope, end) }
}

/**
 * A page as the schema shows it. Cursors are signed, and the token's vector is sought, only where they are asked for: that is what
 * makes the getters worth it.
 */
export class Connection<Row> {
  readonly #context: RequestContext
  readonly #scope: string
  readonly #args: PageArgs
  readonly #page: Page<Row>
  readonly #vector: () => Soon<Vector>

  constructor(
    context: RequestContext,
    scope: string,
    args: PageArgs,
    page: Page<Row>,
    vector: () => Soon<Vector>,
  ) {
    this.#context = context
    this.#scope = scope
    this.#args = args
    this.#page = page
    this.#vector = vector
  }

  get nodes(): readonly Row[] {
    return this.#page.rows
  }

  get edges(): readonly { readonly node: Row; readonly cursor: string }[] {
    return this.#page.rows.map((node, i) => ({ node, cursor: this.#cursor(i) }))
  }

  get pageInfo(): PageInfo {
    return pageInfo(this.#context, this.#scope, this.#args, this.#page)
  }

  get token(): Soon<string> {
    return andThen(this.#vector(), (vector) => this.#context.token(vector))
  }

  #cursor(index: number): string {
    return this.#context.cursor(this.#scope, this.#page.cursors[index] ?? null)
  }
}

/** A list that a program reads. */
export async function programConnection<Row>(
  context: RequestContext,
  scope: string,
  args: ListArgs,
  program: (page: PageArgs) => Program<Read<Page<Row>>>,
): Promise<Connection<Row>> {
  const page = pageArgs(context, scope, args)
  const { value, token } = await context.run(() => program(page))
  context.saw(token)
  return new Connection(context, scope, page, value, () => token)
}

/** A list below an object that was authorised before. How far the views are is asked after it, and only for its token. */
export async function viewConnection<Row>(
  context: RequestContext,
  scope: string,
  args: ListArgs,
  load: (page: PageArgs) => Promise<Page<Row>>,
): Promise<Connection<Row>> {
  const page = pageArgs(context, scope, args)
  const rows = await load(page)
  context.sawViews()
  return new Connection(context, scope, page, rows, async () => vectorAt(await context.load(getPosition)))
}

/** The connection and edge types of a node type: UserConnection, UserEdge and so on. */
export function connectionType<Node extends object>(name: string, node: () => ClassType<Node>) {
  @ObjectType(`${name}Edge`, {
    simpleResolvers: true,
    description: `A ${name.toLowerCase()} in a list, with its place there.`,
  })
  class Edge {
    @Field(() => Cursor, { description: 'The place in this list: pass it as after.' })
    readonly cursor!: string

    @Field(node, { description: `The ${name.toLowerCase()}.` })
    readonly node!: Node
  }

  @ObjectType(`${name}Connection`, {
    simpleResolvers: true,
    description: `A page of ${name.toLowerCase()}s.`,
  })
  class ConnectionType {
    @Field(() => [Edge], { description: 'The page with a cursor for each.' })
    readonly edges!: Edge[]

    @Field(() => [node()], { description: 'The page.' })
    readonly nodes!: Node[]

    @Field(() => PageInfo, { description: 'Where the page ends.' })
    readonly pageInfo!: PageInfo

    // With a resolver, because compiled documents do not wait for what a property holds.
    @Field(() => ConsistencyToken, {
      description: 'Reads with this token see at least what this page shows.',
    })
    token(@Root() page: Connection<Node>): Soon<string> {
      return page.token
    }
  }
  return ConnectionType
}
