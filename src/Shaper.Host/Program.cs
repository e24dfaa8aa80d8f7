using Shaper.Host.Commands;
using Shaper.Host.Daemon;

return await ShaperCommandLine.Create(new ShaperDaemon(LivePath.Open)).RunAsync(args, Console.Out, Console.Error)
    .ConfigureAwait(false);
