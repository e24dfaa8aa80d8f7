using System.Diagnostics;
using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Inline;

/// <summary>
/// A child process that sends a mix on one interface, 64 frames a system call: as fast as the kernel takes them, or at a steady rate in
/// small portions. Prints frames sent, seconds taken, and processor seconds used for it.
/// </summary>
internal static class Generator
{
    private const int BurstFrames = 64;

    /// <summary>Portions of a steady load: often enough that no queue on the way sees it as a burst.</summary>
    private const double PortionSeconds = 250e-6;

    /// <param name="arguments">Interface, mix, frames per second (0: flood), seconds.</param>
    public static int Run(string[] arguments)
    {
        FrameMix mix = FrameMix.Of(arguments[1]);
        double rate = double.Parse(arguments[2], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[3], CultureInfo.InvariantCulture);
        byte[] slab = GC.AllocateArray<byte>(FrameMix.Prepared * FrameMix.SlotBytes, pinned: true);
        int[] lengths = mix.Prepare(slab);
        using InterfaceQuery query = new();
        if (!query.TryGet(arguments[0], out InterfaceFacts facts))
        {
            throw new ArgumentException($"no interface {arguments[0]}");
        }

        using PacketSender sender = new(facts.Index, BurstFrames, bypassQdisc: true, sendBufferBytes: 4 << 20);
        PollSet sleep = new(1);
        sleep.Set(0, -1);
        TimerSlack.Minimise();
        long sent = 0;
        double used = ProcessorTime.OfProcess(Environment.ProcessId);
        long start = Stopwatch.GetTimestamp();
        double elapsed = 0;
        while (elapsed < seconds)
        {
            long due = rate > 0 ? (long)(elapsed * rate) : sent + BurstFrames;
            while (sent < due)
            {
                sent += Burst(sender, slab, lengths, (int)(sent % FrameMix.Prepared), (int)Math.Min(BurstFrames, due - sent));
            }

            if (rate > 0)
            {
                sleep.Wait((long)(PortionSeconds * 1e9));
            }

            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        used = ProcessorTime.OfProcess(Environment.ProcessId) - used;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sent} {elapsed:0.000000} {used:0.000000}"));
        return 0;
    }

    private static int Burst(PacketSender sender, byte[] slab, int[] lengths, int first, int count)
    {
        sender.Clear();
        for (int i = 0; i < count; i++)
        {
            int frame = (first + i) % FrameMix.Prepared;
            sender.Add(slab.AsSpan(frame * FrameMix.SlotBytes, lengths[frame]));
        }

        int sent = 0;
        while (sent < count)
        {
            // A full queue at the far end of a veth is reported as "no buffers": that frame is gone, as on a wire.
            int taken = sender.Send(sent, out int errno);
            sent += taken > 0 ? taken : errno is Errno.ENOBUFS ? 1 : 0;
        }

        return count;
    }
}
