import { array, boolean, check, nat, property, tuple } from 'fast-check';
import t from 'tap';
import { Roster } from '../../../core/server/roster.ts';

const make = (name: number) => ({ name, place: -1 });

t.test('what was added and not deleted is there, whatever the order', async (t) => {
  const steps = array(tuple(boolean(), nat(12)), { maxLength: 60 });
  const result = check(
    property(steps, (list) => {
      const items = Array.from({ length: 13 }, (_, index) => make(index));
      const roster = new Roster<(typeof items)[number]>();
      const model = new Set<(typeof items)[number]>();
      for (const [isAdded, index] of list) {
        const item = items[index];
        if (item === undefined) return false;
        if (!isAdded) {
          if (roster.delete(item) !== model.delete(item)) return false;
        } else if (!model.has(item)) {
          roster.add(item);
          model.add(item);
        }
        if (roster.size !== model.size || items.some((each) => each.place >= 0 !== model.has(each)))
          return false;
      }
      return [...roster].every((each) => model.has(each)) && new Set(roster).size === model.size;
    }),
  );
  t.notOk(result.failed, JSON.stringify(result.counterexample));
});

t.test('one that goes while the others are looked at is still looked at, once', async (t) => {
  const roster = new Roster<ReturnType<typeof make>>();
  const items = [make(0), make(1), make(2)];
  for (const item of items) roster.add(item);
  const seen: number[] = [];
  for (const item of roster) {
    seen.push(item.name);
    roster.delete(item);
  }
  t.same(seen, [0, 1, 2]);
  t.equal(roster.size, 0);
});
