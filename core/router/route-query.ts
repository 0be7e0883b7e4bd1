import type { Operation } from '@dragoman/plugin-sdk';

/** What the router looks at: never the message contents. */
export interface RouteQuery {
  operation: Operation;
  dialect: string;
  model: string;
  /** Only this provider, by configured name; from `x-dragoman-provider`. */
  provider?: string;
  /** Of what only passes through: the name of the endpoint that has to be there. */
  endpoint?: string;
  /** The request could name a model, and `model` is '' when it does not. */
  hasModel?: boolean;
}
