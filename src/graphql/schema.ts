import 'reflect-metadata'
import { type GraphQLSchema, isAbstractType } from 'graphql'
import { buildSchemaSync } from 'type-graphql'
import { ApiKeysResolver } from './apiKeys.ts'
import { ChangesResolver } from './changes.ts'
import { typeOfEvent } from './events.ts'
import { FollowResolver } from './follow.ts'
import { GroupsResolver } from './groups.ts'
import { GroupHistoryResolver, UserHistoryResolver } from './history.ts'
import { MembershipsResolver } from './memberships.ts'
import { plainResolvers } from './plainResolvers.ts'
import { typeOfNode } from './types.ts'
import { UsersResolver } from './users.ts'
import { ViewerResolver } from './viewer.ts'

/**
 * The schema, from the resolvers. Object types are declared with `simpleResolvers`: a field without a resolver of its own reads
 * a property, with no wrapper and no promise.
 * schema/schema.graphql is printed from it and checked for drift.
 */
export function buildSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ViewerResolver,
      UsersResolver,
      GroupsResolver,
      UserHistoryResolver,
      GroupHistoryResolver,
      MembershipsResolver,
      ApiKeysResolver,
      ChangesResolver,
      FollowResolver,
    ],
    // Input is checked by the services, which every path goes through.
    validate: false,
    nullableByDefault: false,
    // The library insists on one where there are subscriptions; ours read the journal and have no topics.
    pubSub: { publish: noTopics, subscribe: noTopics },
  })
  plainResolvers(schema)
  // type-graphql makes these asynchronous, and compiled documents do not wait for them.
  for (const [name, resolveType] of Object.entries(TYPES_OF)) {
    const type = schema.getType(name)
    if (isAbstractType(type)) type.resolveType = resolveType
  }
  // type-graphql has no place to describe the root types.
  for (const [name, description] of Object.entries(ROOTS)) {
    const type = schema.getType(name)
    if (type) type.description = description
  }
  return schema
}

const TYPES_OF = { Node: typeOfNode, DirectoryEvent: typeOfEvent }

const ROOTS = {
  Query: 'What can be read. Everything is of the tenant of the key.',
  Mutation:
    'What can be changed. Every write is durable when it is answered, and returns a token with which reads see it.',
  Subscription: 'What can be followed.',
}

function noTopics(): never {
  throw new Error('subscriptions read the journal: there are no topics')
}
