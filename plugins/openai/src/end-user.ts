import { digest, type Json, type JsonObject, warn } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

/** "Invalid 'user': string too long. Expected a string with maximum length 64" */
const LONGEST = 64;

/** Writes the id of an end user in the field the service reads: its option, else the one the client `kept` to. */
export function writeEndUser(
  endUser: string | undefined,
  kept: Json | undefined,
  body: JsonObject,
  writer: RequestWriter,
): void {
  if (endUser === undefined) return;
  const field = writer.options.endUserField ?? (typeof kept === 'string' ? kept : 'user');
  if (field === 'none') {
    warn(writer, 'dropped', '/endUser', 'the service takes no id of an end user');
    return;
  }
  body[field] = endUser;
  if (writer.isOwn || endUser.length <= LONGEST) return;
  const short = `user_${digest(endUser, 24)}`;
  body[field] = short;
  const text = `an id of more than ${LONGEST} characters is refused; '${short}' stands for it`;
  warn(writer, 'approximated', '/endUser', text);
}
