import type { TenantId } from '../../domain/streams.ts'
import type { JsonObject } from '../../domain/user.ts'
import { attributeKey, attributeKeys } from '../attributes.ts'

/** The attributes of a tenant's user that a filter can find, each as one text. */
export const facets = (tenant: TenantId, attributes: JsonObject): readonly string[] =>
  Array.from(attributeKeys(attributes), ([name, value]) => facetOfKeys(tenant, name, value))

export const facet = (tenant: TenantId, name: string, value: string): string =>
  facetOfKeys(tenant, attributeKey(name), attributeKey(value))

/** The tenant stands in it, so that others with the same attributes are not even looked at; its id holds no slash. */
const facetOfKeys = (tenant: TenantId, name: string, value: string): string =>
  `${tenant}/${name.length}/${name}${value}`
