using Shaper.Engine.Bridge;
using Shaper.Host.Commands;
using Shaper.Host.Daemon;

return await ShaperCommandLine.Create(new ShaperDaemon(LivePath.Open, Privileges.Missing)).RunAsync(args, Console.Out, Console.Error)
    .ConfigureAwait(false);
