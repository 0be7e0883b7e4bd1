/** One line of the exposition, in the shape prom-client's registry prints. */
export interface Sample {
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}
export interface MetricReport {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  values: Sample[];
}
/** What a prom-client registry needs of a metric. */
export interface Metric {
  readonly name: string;
  get(): Promise<MetricReport>;
  reset(): void;
}

/**
 * A family never has more series than this: one more and it counts under the label value `other`. Labels come from
 * configuration, so only a mistake gets here.
 */
const maxSeries = 1000;

/**
 * The numbers live here and not in prom-client's own classes, because those hash every label of every call (about a
 * microsecond each) and because prom-client then need not be loaded before somebody asks for `/metrics`.
 */
class Family<Series extends { labels: Record<string, string> }> {
  readonly list: Series[] = [];
  /** A map per label and the series at the end: joining the values into one key costs more than all the look-ups. */
  #tree: Branch<Series> = new Map();
  #other: Series | undefined;
  readonly #labelNames: readonly string[];
  readonly #create: (labels: Record<string, string>) => Series;

  constructor(labelNames: readonly string[], create: (labels: Record<string, string>) => Series) {
    this.#labelNames = labelNames;
    this.#create = create;
  }

  at(values: readonly string[]): Series {
    let found: Branch<Series> | Series | undefined = this.#tree;
    for (const value of values) {
      found = (found as Branch<Series>).get(value);
      if (found === undefined) return this.#add(values);
    }
    return values.length === 0 ? (this.list[0] ?? this.#made([])) : (found as Series);
  }

  clear(): void {
    this.list.length = 0;
    this.#tree = new Map();
    this.#other = undefined;
  }

  #add(values: readonly string[]): Series {
    if (this.list.length >= maxSeries) {
      this.#other ??= this.#made([]);
      return this.#other;
    }
    const created = this.#made(values);
    let branch = this.#tree;
    for (const value of values.slice(0, -1)) {
      const next = (branch.get(value) as Branch<Series> | undefined) ?? new Map();
      branch.set(value, next);
      branch = next;
    }
    branch.set(values.at(-1) ?? '', created);
    return created;
  }

  #made(values: readonly string[]): Series {
    const labels: Record<string, string> = {};
    this.#labelNames.forEach((name, index) => {
      labels[name] = values[index] ?? 'other';
    });
    const created = this.#create(labels);
    this.list.push(created);
    return created;
  }
}

type Branch<Series> = Map<string, Branch<Series> | Series>;

export interface Counter extends Metric {
  add(amount: number, ...values: string[]): void;
}

export function createCounter(name: string, help: string, labelNames: readonly string[]): Counter {
  const family = new Family(labelNames, (labels) => ({ labels, value: 0 }));
  return {
    name,
    add(amount, ...values) {
      family.at(values).value += amount;
    },
    async get() {
      return { name, help, type: 'counter', values: [...family.list] };
    },
    reset: () => family.clear(),
  };
}

export interface Gauge extends Metric {
  set(value: number, ...values: string[]): void;
  add(amount: number, ...values: string[]): void;
}

export function createGauge(name: string, help: string, labelNames: readonly string[]): Gauge {
  const family = new Family(labelNames, (labels) => ({ labels, value: 0 }));
  return {
    name,
    set(value, ...values) {
      family.at(values).value = value;
    },
    add(amount, ...values) {
      family.at(values).value += amount;
    },
    async get() {
      return { name, help, type: 'gauge', values: [...family.list] };
    },
    reset: () => family.clear(),
  };
}

export interface Histogram extends Metric {
  observe(value: number, ...values: string[]): void;
}

/** `bounds` are the upper ends of the buckets, rising. */
export function createHistogram(
  name: string,
  help: string,
  labelNames: readonly string[],
  bounds: readonly number[],
): Histogram {
  const family = new Family(labelNames, (labels) => ({
    labels,
    counts: new Array<number>(bounds.length).fill(0),
    sum: 0,
    count: 0,
  }));
  function samples(): Sample[] {
    const list: Sample[] = [];
    for (const { labels, counts, sum, count } of family.list) {
      let total = 0;
      bounds.forEach((bound, index) => {
        total += counts[index] ?? 0;
        list.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: total });
      });
      list.push({ metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
      list.push({ metricName: `${name}_sum`, labels, value: sum });
      list.push({ metricName: `${name}_count`, labels, value: count });
    }
    return list;
  }
  return {
    name,
    observe(value, ...values) {
      const series = family.at(values);
      let index = 0;
      while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
      if (index < bounds.length) series.counts[index] = (series.counts[index] ?? 0) + 1;
      series.sum += value;
      series.count += 1;
    },
    async get() {
      return { name, help, type: 'histogram', values: samples() };
    },
    reset: () => family.clear(),
  };
}
