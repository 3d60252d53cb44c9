/** A client of mqtt.js without a network: the test says what the broker answers, and when. */
import { EventEmitter } from "node:events";
import type { IClientOptions, IClientPublishOptions, MqttClient } from "mqtt";

interface Sent {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly options: IClientPublishOptions;
  /** What the broker answers; undefined: PUBACK. */
  answer(error?: Error): void;
}

export interface FakeClient extends EventEmitter {
  readonly options: IClientOptions;
  readonly sent: readonly Sent[];
  readonly ended: readonly boolean[];
  readonly subscribed: readonly string[];
  connack(properties?: object): void;
}

export interface FakeBroker {
  /** Every client made, oldest first. */
  readonly clients: readonly FakeClient[];
  readonly last: FakeClient;
  connect(url: string, options: IClientOptions): MqttClient;
}

class Client extends EventEmitter implements FakeClient {
  readonly options: IClientOptions;
  readonly sent: Sent[] = [];
  readonly ended: boolean[] = [];
  readonly subscribed: string[] = [];

  constructor(options: IClientOptions) {
    super();
    this.options = options;
  }

  connack(properties: object = {}): void {
    this.emit("connect", { properties });
  }

  publish(
    topic: string,
    payload: string | Buffer,
    options: IClientPublishOptions,
    answer: (error?: Error) => void,
  ): this {
    this.sent.push({ topic, payload, options, answer });
    return this;
  }

  subscribe(topic: string): this {
    this.subscribed.push(topic);
    return this;
  }

  end(force: boolean, _options?: object, done?: () => void): this {
    this.ended.push(force);
    done?.();
    return this;
  }
}

export function fakeBroker(): FakeBroker {
  const clients: Client[] = [];
  return {
    clients,
    get last() {
      const client = clients.at(-1);
      if (client === undefined) throw new Error("nobody connected");
      return client;
    },
    connect: (_url, options) => {
      const client = new Client(options);
      clients.push(client);
      return client as unknown as MqttClient;
    },
  };
}

/** As mqtt.js reports a PUBACK or CONNACK with a failure code. */
export const withCode = (message: string, code: number | string): Error => Object.assign(new Error(message), { code });
