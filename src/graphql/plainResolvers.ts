import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { getMetadataStorage } from 'type-graphql'
import type { RequestContext } from './context.ts'

type Storage = ReturnType<typeof getMetadataStorage>
type FieldMethod = Storage['queries'][number] | Storage['fieldResolvers'][number]
type Parameter = Storage['params'][number]
type Resolve = GraphQLFieldResolver<unknown, RequestContext>
/** Takes one of a method's arguments from what the field is called with. */
type Take = (root: unknown, args: Readonly<Record<string, unknown>>, context: RequestContext) => unknown

/**
 * Puts the methods behind their fields, with nothing between. type-graphql's own handlers sort a method's parameters at each call
 * and make a promise for each argument, for the sake of validators and middlewares, of which we have none. To be called with the
 * schema just built. Inputs arrive as plain data, not as instances of their classes.
 */
export function plainResolvers(schema: GraphQLSchema): void {
  const { queries, mutations, fieldResolvers, objectTypes } = getMetadataStorage()
  const instances = new Map<unknown, object>()
  const typeNames = new Map<unknown, string>(objectTypes.map(({ target, name }) => [target, name]))

  function instanceOf({ target }: FieldMethod): object {
    const instance = instances.get(target) ?? Reflect.construct(target, [])
    instances.set(target, instance)
    return instance
  }

  function replace(typeName: string | undefined, method: FieldMethod): void {
    const type = schema.getType(typeName ?? '')
    const field = type && 'getFields' in type ? type.getFields()[method.schemaName] : undefined
    if (field === undefined || !('resolve' in field)) return
    field.resolve = resolverOf(instanceOf(method), method)
  }

  for (const query of queries) replace('Query', query)
  for (const mutation of mutations) replace('Mutation', mutation)
  for (const field of fieldResolvers) replace(typeNames.get(field.getObjectType?.()), field)
}

function resolverOf(instance: object, { methodName, params = [] }: FieldMethod): Resolve {
  const method = Reflect.get(instance, methodName) as (...args: unknown[]) => unknown
  const takes = [...params].sort((a, b) => a.index - b.index).map(takeOf)
  return (root, args, context) =>
    method.apply(
      instance,
      takes.map((take) => take(root, args, context)),
    )
}

function takeOf(parameter: Parameter): Take {
  switch (parameter.kind) {
    case 'context':
      return (_root, _args, context) => context
    case 'root':
      return (root) => root
    case 'arg': {
      const { name } = parameter
      return (_root, args) => args[name]
    }
    default:
      throw new Error(`no resolver takes "${parameter.kind}"`)
  }
}
