/** Any JSON value; what a translator takes and gives. `undefined` fields vanish when written. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json | undefined };
