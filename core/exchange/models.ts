import type { Json, ModelInfo } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import { decide } from '../router/decide.ts';
import { modelIndex } from '../router/models.ts';
import type { BaseContext, TranslateStep } from '../translate/runner.ts';
import type { Exchange } from './exchange.ts';
import { readFacts } from './facts.ts';
import { planDialect } from './plans.ts';
import { requestIdHeaders } from './reply-headers.ts';
import type { Services } from './services.ts';
import type { Tally } from './tally.ts';

const noModel: ModelInfo = { id: '', input: [], output: [], features: [] };

/**
 * `GET /v1/models` and `/v1/models/{id}`, in the shape of the client's dialect, from what is known now. Services whose
 * lists are missing or old are asked behind its back: the next answer knows more.
 */
export async function serveModels(
  exchange: Exchange,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  services.discovery.begin('all');
  const isList = exchange.operation === 'list-models';
  const step: TranslateStep = {
    type: 'translate',
    ...stepDialect(exchange),
    function: isList ? 'encodeModels' : 'encodeModel',
  };
  const context: BaseContext = {
    requestId: exchange.id,
    now: exchange.now,
    operation: exchange.operation,
    model: noModel,
    provider: { id: '', family: '', dialect: '', options: {} },
    client: { dialect: exchange.dialect.id },
  };
  const subject = isList ? modelIndex(snapshot).listed : oneModel(exchange, snapshot, tally);
  const encoded = await snapshot.runner.call([step], subject as unknown as Json, context, []);
  const body = JSON.stringify(encoded.output);
  tally.firstByte(200);
  exchange.sink.head(200, {
    ...requestIdHeaders(exchange.id, exchange.dialect),
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  });
  exchange.sink.end(body);
}

function stepDialect(exchange: Exchange): Pick<TranslateStep, 'module' | 'target' | 'config'> {
  const { id, module, config } = planDialect(exchange.dialect);
  return { module, target: `dialect:${id}`, config };
}

/** A model is there when a request for it would be routed, listed or not. */
function oneModel(exchange: Exchange, snapshot: Snapshot, tally: Tally): ModelInfo {
  const name = exchange.route.model === undefined ? (exchange.path.model ?? '') : readFacts(exchange).model;
  tally.record.model = name;
  const listed = modelIndex(snapshot).listed.find((model) => model.id === name);
  if (listed !== undefined) return listed;
  const decision = decide(
    { operation: exchange.operation, dialect: exchange.dialect.id, model: name },
    snapshot,
  );
  const first = decision.attempts[0];
  if (first === undefined) throw new GatewayError('GW_ROUTE_NO_MODEL', { model: name, suggestion: '' });
  return { ...first.model, id: name, ownedBy: first.provider.name };
}
