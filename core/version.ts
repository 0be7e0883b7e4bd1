/** Of this gateway; a test holds it to package.json, which published code would have to search for. */
export const version = '0.1.0';
