using Shaper.Host.Commands;
using Shaper.Host.Daemon;

return await ShaperCommandLine.Create(new ShaperDaemon(_ => throw new CommandFailedException("no ports yet"))).RunAsync(args, Console.Out, Console.Error)
    .ConfigureAwait(false);
