/** What `dragoman init` writes: what most people change first, everything else as a comment with its default. */
export function gatewayTemplate(schema: string): string {
  return `# yaml-language-server: $schema=${schema}
#
# Dragoman's configuration. Every key may be left out. Take the # away from a line that begins with one to set it.
# A running gateway takes up a change as soon as this file is saved; \`dragoman check\` says what is wrong with it.
# '\${NAME}' is a variable of the environment or of .env beside this file; '\${NAME:-text}' has a default;
# 'file:PATH' is the content of a file.

server:
  host: 127.0.0.1 # 0.0.0.0 to be reached from other machines
  port: 8317
#  drainSeconds: 30 # how long running requests may take to finish after SIGTERM
#  maxBodyMb: 32
#  maxUploadMb: 512 # files, images and audio, which go through in pieces
#  keepAliveSeconds: 15 # comment lines in a silent stream, 0 for none
#  cors: ['https://app.example.com'] # web pages that may call the gateway

# Keys clients may use, beside those made with \`dragoman keys add NAME\`.
#keys:
#  - { name: laptop, key: '\${LAPTOP_GATEWAY_KEY}' }

# Without this section every provider is on whose variable is set (OPENAI_API_KEY, ANTHROPIC_API_KEY, ...).
# With it, those listed here are on. \`offline\` needs no key and is on unless it is disabled.
#providers:
#  anthropic:
#    credentials: [{ name: main, key: '\${ANTHROPIC_API_KEY}' }]
#  openai:
#    credentials: [{ name: main, key: '\${OPENAI_API_KEY}' }]
#  workstation: # a name of your own: clients ask for workstation/MODEL
#    use: openai-compatible
#    baseUrl: http://192.168.1.20:8000/v1
#    allowPrivate: true # needed for addresses of your own network
#    models: [my-model]
#  offline:
#    enabled: false

# Names of your own for models. The first that works answers.
#routes:
#  - { model: fast, to: [anthropic/claude-haiku-4-5, openai/gpt-5-mini] }

# Folders with plugins: dropped in, they are on at once. Code that did not come with the gateway runs in a sandbox;
# trust lets it run in a faster place.
#plugins:
#  dirs: [./plugins]
#  trust: { my-plugin: worker }

# What happens when a provider cannot be told everything the client said: allow, warn (a header and a log line), strict (an error).
#translation:
#  loss: warn

# Replies of OpenAI's Responses that clients asked to be stored. They are in the state directory, contents included.
#replies:
#  keep: true
#  retentionDays: 30
#  maxMb: 1024
`;
}
