// What the stack keeps: everything in its tables, as DynamoDB Local gives it.

/** Nobody checks the signature, but there must be one. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/test/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

interface Page {
  TableNames?: string[];
  Items?: unknown[];
  LastEvaluatedKey?: unknown;
  LastEvaluatedTableName?: string;
}

/** All that is in the tables whose names begin so, each table with its name. */
export async function tablesWith(prefix: string, endpoint: string): Promise<[string, Buffer][]> {
  const names: string[] = [];
  let last: string | undefined;
  do {
    const page = await ask(endpoint, 'ListTables', last ? { ExclusiveStartTableName: last } : {});
    names.push(...(page.TableNames ?? []));
    last = page.LastEvaluatedTableName;
  } while (last);
  const ours = names.filter((name) => name.startsWith(prefix));
  return Promise.all(ours.map(async (name) => [name, Buffer.from(JSON.stringify(await itemsOf(name, endpoint)))]));
}

async function itemsOf(table: string, endpoint: string): Promise<unknown[]> {
  const items: unknown[] = [];
  let from: unknown;
  do {
    const page = await ask(endpoint, 'Scan', { TableName: table, ...(from ? { ExclusiveStartKey: from } : {}) });
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}

async function ask(endpoint: string, what: string, body: object): Promise<Page> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${what}`,
      authorization: AUTHORIZATION,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${what} was answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}
