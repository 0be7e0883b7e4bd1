/** What `dragoman doctor` has to say of one thing. */
export interface Finding {
  /** `bad`: the gateway does not work; `note`: it works, and this may still surprise. */
  state: 'good' | 'note' | 'bad';
  about: string;
  message: string;
}
