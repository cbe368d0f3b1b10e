// What an application does with Better Auth, against a database that saasdb made:
//   node client.mjs PACKAGE FILE-OR-POSTGRES-URL
// A line for each step; ends with an error at the first that fails.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto; // before Node.js 20 it is no global
const [name, url] = process.argv.slice(2);
const { betterAuth } = await import(name);
const { admin, organization } = await import(`${name}/plugins`);

assert.notEqual(new Date().getTimezoneOffset(), 0, 'the time zone must not be UTC');
const database = url.startsWith('postgres:')
  ? new (await import('pg')).default.Pool({ connectionString: url })
  : (await import('./sqlite.mjs')).open(url);
const query = async (sql) => {
  const result = await database.query(sql);
  return result.rows ?? result;
};

const invitations = [];
const base = 'http://localhost:3000';
const auth = betterAuth({
  baseURL: base,
  secret: 'only for this test: thirty-two characters and more',
  database,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'warn' },
  emailAndPassword: { enabled: true },
  plugins: [
    admin(),
    organization({
      teams: { enabled: true },
      sendInvitationEmail: async ({ id }) => void invitations.push(id),
    }),
  ],
});

class Browser {
  cookies = new Map();

  async send(path, body) {
    const response = await auth.handler(
      new Request(`${base}/api/auth/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          origin: base,
          'content-type': 'application/json',
          cookie: [...this.cookies].map(([key, value]) => `${key}=${value}`).join('; '),
        },
        body: body && JSON.stringify(body),
      }),
    );
    for (const cookie of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      this.cookies.set(key, value);
    }
    return { status: response.status, body: await response.text() };
  }

  async ok(path, body) {
    const { status, body: text } = await this.send(path, body);
    assert.equal(status, 200, `${path}: ${status} ${text}`);
    steps.push(path);
    return JSON.parse(text);
  }

  async refused(path, body, wanted) {
    const { status, body: text } = await this.send(path, body);
    assert.equal(status, wanted, `${path}: ${text}`);
    steps.push(`${path} refused`);
  }
}

const steps = [];
const near = (time, what, distance = 60_000) => {
  const off = Math.abs(new Date(time) - Date.now());
  assert.ok(off < distance, `${what}: ${time} is ${off} ms from now`);
  steps.push(what);
};
const person = (who) => ({
  name: who,
  email: `${who}@client.example`,
  password: 'correct horse battery',
});

try {
  // Signing up and in.
  const [owner, guest] = [new Browser(), new Browser()];
  const { user } = await owner.ok('sign-up/email', person('owner'));
  near(user.createdAt, 'createdAt of a user');
  const { user: invited } = await guest.ok('sign-up/email', person('guest'));
  await owner.ok('sign-out', {});
  await owner.refused('sign-in/email', { ...person('owner'), password: 'wrong' }, 401);
  await owner.ok('sign-in/email', person('owner'));
  assert.equal((await owner.ok('get-session')).user.id, user.id);
  await owner.ok('list-accounts');

  // An organization, somebody invited, a team.
  const org = await owner.ok('organization/create', { name: 'Client', slug: 'client' });
  await owner.ok('organization/set-active', { organizationId: org.id });
  const invitation = await owner.ok('organization/invite-member', {
    email: invited.email,
    role: 'member',
    organizationId: org.id,
  });
  assert.deepEqual(invitations, [invitation.id]);
  near(invitation.expiresAt, 'expiresAt of an invitation', 3 * 86_400_000);
  await owner.ok(`organization/list-invitations?organizationId=${org.id}`);
  await guest.ok('organization/accept-invitation', { invitationId: invitation.id });
  const team = await owner.ok('organization/create-team', { name: 'Crew', organizationId: org.id });
  await owner.ok('organization/add-team-member', { teamId: team.id, userId: invited.id });
  await owner.ok('organization/add-team-member', { teamId: team.id, userId: user.id });
  await owner.ok('organization/set-active-team', { teamId: team.id });
  await owner.ok(`organization/list-teams?organizationId=${org.id}`);
  const full = await owner.ok(`organization/get-full-organization?organizationId=${org.id}`);
  assert.equal(full.members.length, 2);
  await owner.ok('organization/update-team', { teamId: team.id, data: { name: 'Crew 2' } });
  await owner.ok('organization/remove-team-member', { teamId: team.id, userId: invited.id });
  await owner.refused('organization/remove-member', { memberIdOrEmail: 'nobody@x.example' }, 400);

  // The operator bans somebody.
  const context = await auth.$context;
  await context.internalAdapter.updateUser(user.id, { role: 'admin' });
  await owner.ok('admin/list-users?limit=100');
  await owner.ok('admin/ban-user', { userId: invited.id, banReason: 'noise', banExpiresIn: 3600 });
  await guest.refused('sign-in/email', person('guest'), 403);
  await owner.ok('admin/unban-user', { userId: invited.id });
  await guest.ok('sign-in/email', person('guest'));

  // Times that saasdb wrote, read by Better Auth: what a default fills in, and the demo.
  await query(`INSERT INTO team (id, name, "organizationId") VALUES ('plain', 'Plain', '${org.id}')`);
  const plain = await context.adapter.findOne({
    model: 'team',
    where: [{ field: 'id', value: 'plain' }],
  });
  near(plain.createdAt, 'createdAt by default');
  // On SQLite that column has no default, as in Better Auth's own table; on the servers it keeps one.
  if (url.startsWith('postgres:')) near(plain.updatedAt, 'updatedAt by default');
  else assert.equal(plain.updatedAt ?? null, null);
  const demo = await context.adapter.findMany({ model: 'invitation' });
  const open = demo.filter((one) => one.expiresAt.getUTCHours() === 9 && one.expiresAt > new Date());
  assert.equal(open.length, 1, 'the open invitation of the demo ends at nine, UTC');
  const teams = await context.adapter.findMany({ model: 'teamMember' });
  assert.ok(teams.length > 0 && teams.every((one) => one.createdAt <= new Date()));
  steps.push('times of the demo');

  // What is left of it goes with the organization.
  await owner.ok('organization/delete', { organizationId: org.id });
  assert.deepEqual(await query(`SELECT id FROM team WHERE "organizationId" = '${org.id}'`), []);
} finally {
  if (database.end) await database.end();
  else database.close();
}
for (const step of steps) console.log(step);
console.log(`${steps.length} steps`);
