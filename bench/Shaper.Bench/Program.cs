using BenchmarkDotNet.Running;
using Shaper.Bench.Inline;
using Shaper.Bench.Live;

try
{
    switch (args.FirstOrDefault())
    {
        case "inline":
            return InlineBench.Run(args[1..]);
        case "pace":
            return PaceBench.Run(args[1..]);
        case "voice":
            return VoiceBench.Run(args[1..]);
        case "inline-voice-send":
            return VoiceSender.Run(args[1..]);
        case "inline-voice-record":
            return VoiceRecorder.Run(args[1..]);
        case "inline-tcp-send":
            return BulkTcp.Send(args[1..]);
        case "inline-tcp-take":
            return BulkTcp.Take();
        case "inline-shape":
            return ShaperInside.Run(args[1..]);
        case "inline-record":
            return Recorder.Run(args[1..]);
        case "inline-generate":
            return Generator.Run(args[1..]);
        case "inline-forward":
            return Forwarder.Run(args[1..]);
        case "live":
            return LiveBench.Run(args[1..]);
        case "live-sink":
            return LiveSink.Run(args[1..]);
        case "live-bulk":
            return BulkSource.Run(args[1..]);
        case "live-sparse":
            return SparseSource.Run(args[1..]);
        default:
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
            return 0;
    }
}
catch (Exception) when (InlineLab.IsInterrupted)
{
    // The namespaces are being taken down, and with them went what was measured; that ends the program.
    Thread.Sleep(Timeout.Infinite);
    return 1;
}
catch (InvalidOperationException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
