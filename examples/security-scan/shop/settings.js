export const settings = {
  port: Number(process.env.PORT ?? 8080),
  databaseUrl: process.env.DATABASE_URL,
  sessionSecret: process.env.SESSION_SECRET ?? "change me before the release",
  cookie: { httpOnly: true, secure: false, sameSite: "lax" },
};
