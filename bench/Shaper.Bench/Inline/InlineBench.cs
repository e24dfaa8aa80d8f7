using System.Diagnostics;
using System.Globalization;

namespace Shaper.Bench.Inline;

/// <summary>
/// The inline load test: how many frames a second get through a device in the line, and what a frame costs. One table for the ports alone, the
/// whole shaper and the kernel's own bridge and HTB, measured one after the other in one run.
/// </summary>
/// <remarks>
/// Flood: frames that arrived over the time the generator sent, which sends as fast as it can. Cost: at a steady load well below that, the processor
/// time of generator, device and network interrupts with the device in the line, less the same with nothing there, where frames end at
/// the box's first interface, over the frames. "others" is what the rest of the machine took during the flood: measure again when it is
/// not near zero. Needs root, iproute2 and ethtool.
/// </remarks>
internal static class InlineBench
{
    private const double SteadyFramesPerSecond = 100_000;

    public static int Run(string[] arguments)
    {
        double seconds = 3;
        string only = "";
        int repeats = 1;
        OptionReader options = new("inline [--seconds N] [--only TEXT] [--repeats N]: N seconds a measurement, 1 to 600; TEXT is part of a device's name; 1 to 1000 repeats")
        {
            ["--seconds"] = text => OptionReader.TrySeconds(text, out seconds),
            ["--only"] = text => OptionReader.TryText(text, out only),
            ["--repeats"] = text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out repeats) && repeats is >= 1 and <= 1_000,
        };
        if (!options.TryRead(arguments))
        {
            return 2;
        }

        using InlineLab lab = new();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors, Linux {Environment.OSVersion.Version}, {seconds:0.#} s a measurement, cost at {SteadyFramesPerSecond / 1_000:0} kframes/s"));
        Console.WriteLine($"{"device",-34}{"mix",7}{"kframes/s",11}{"Mbit/s",8}{"lost %",8}{"others %",10} |{"us/frame",10}{"own",7}{"lost %",8}");
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            foreach (FrameMix mix in FrameMix.All)
            {
                LoadOutcome empty = EmptyLine(lab, mix, seconds);
                foreach (InlineDevice device in InlineDevice.All.Where(d => d.Name.Contains(only, StringComparison.Ordinal)))
                {
                    Measure(lab, device, mix, seconds, empty);
                }
            }
        }

        return 0;
    }

    private static void Measure(InlineLab lab, InlineDevice device, FrameMix mix, double seconds, LoadOutcome empty)
    {
        Process? process = device.Start(lab);
        try
        {
            Load(lab, process, mix, 0, 0.5);
            LoadOutcome flood = Load(lab, process, mix, 0, seconds);
            Load(lab, process, mix, SteadyFramesPerSecond, 0.3);
            LoadOutcome steady = Load(lab, process, mix, SteadyFramesPerSecond, seconds);
            double cost = ((steady.CpuSeconds / steady.Sent) - (empty.CpuSeconds / empty.Sent)) * 1e6;
            double own = steady.DeviceCpuSeconds / steady.Sent * 1e6;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{device.Name,-34}{mix.Name,7}{flood.ArrivedPerSecond / 1_000,11:0.0}{flood.ArrivedPerSecond * mix.MeanBytes * 8 / 1e6,8:0}{flood.LostPercent,8:0.0}{flood.OthersPercent,10:0} |{cost,10:0.00}{own,7:0.00}{steady.LostPercent,8:0.00}"));
        }
        finally
        {
            if (process is not null)
            {
                lab.Stop(process);
            }

            device.Stop(lab);
        }
    }

    /// <summary>What generating and receiving cost by themselves.</summary>
    private static LoadOutcome EmptyLine(InlineLab lab, FrameMix mix, double seconds)
    {
        Load(lab, null, mix, SteadyFramesPerSecond, 0.3);
        return Load(lab, null, mix, SteadyFramesPerSecond, seconds);
    }

    private static LoadOutcome Load(InlineLab lab, Process? device, FrameMix mix, double rate, double seconds)
    {
        double DeviceTime() => device is null ? 0 : ProcessorTime.OfProcess(device.Id);
        long before = lab.Arrived();
        double interrupts = ProcessorTime.OfSoftIrqThreads();
        double own = DeviceTime();
        double machine = ProcessorTime.OfMachine();
        long start = Stopwatch.GetTimestamp();
        double[] answer = [.. lab.Output(
            "gen",
            InlineLab.Self(
                "inline-generate", "eth0", mix.Name, rate.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture)))
            .Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        Thread.Sleep(100);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        machine = ProcessorTime.OfMachine() - machine;
        interrupts = ProcessorTime.OfSoftIrqThreads() - interrupts;
        own = DeviceTime() - own;
        double ours = answer[2] + interrupts + own;

        // The generator's own start-up, some 0.15 s, is not load.
        double others = Math.Max(0, (machine - ours - 0.15) / (elapsed * Environment.ProcessorCount) * 100);
        return new((long)answer[0], lab.Arrived() - before, answer[1], ours, own, others);
    }
}
