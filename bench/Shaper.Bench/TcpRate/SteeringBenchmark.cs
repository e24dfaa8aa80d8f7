using BenchmarkDotNet.Attributes;

namespace Shaper.Bench.TcpRate;

/// <summary>
/// What steering adds to a TCP frame on a link of 100 Mbit/s whose senders answer what they are granted: data in, and an acknowledgement out for every second
/// segment or, alone, late. <see cref="SteeredSenders"/> makes the frames once; what is measured is steering given the same frames again, from the state that it had.
/// Settling of shares, held acknowledgements and their release are in it. Figure to hold: 60 ns a frame, 0 B.
/// </summary>
/// <remarks>The same slots are written for all connections, as a captured frame is warm in the cache when steering sees it; <see cref="FramesAlone"/> is what that costs.</remarks>
[MemoryDiagnoser]
public class SteeringBenchmark
{
    private const int Active = 256;
    private const int WarmUp = 1 << 17;
    private const int Frames = 1 << 19;

    private SteeredFrame[] _frames = null!;
    private SteeredBox _box = null!;
    private int _from;
    private long _held;

    [Params(8, 1_000, 100_000)]
    public int Connections { get; set; }

    /// <summary>Of the link, that the senders take by themselves; with 0 they take what they are granted, all of it.</summary>
    [Params(50, 0)]
    public int PacedPercent { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        SteeredSenders senders = new(Connections, Active, PacedPercent);
        (_frames, int opened) = senders.Run(WarmUp + Frames);
        _from = opened + WarmUp;
        _held = senders.Box.Steering.Counters.HeldNanoseconds;
        double seconds = (_frames[^1].At - _frames[opened].At) / 1e9;
        int acknowledgements = _frames.Skip(opened).Count(f => !f.Inbound);
        Console.WriteLine(
            $"// {senders.WireBytes * 8 / seconds / 1e6:0.0} Mbit/s for {seconds:0} s, {acknowledgements * 100 / (_frames.Length - opened)} % acknowledgements, "
            + $"{senders.Box.Steering.Counters.AcksHeld} held");
    }

    /// <summary>Steering as it was when the measured part began.</summary>
    [IterationSetup]
    public void Rewind()
    {
        _box = new(Connections);
        Replay(_frames.AsSpan(0, _from));
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public void Steered()
    {
        Replay(_frames.AsSpan(_from));
        if (_box.Steering.Counters.HeldNanoseconds != _held)
        {
            throw new InvalidOperationException("Frames given again were not steered as they were the first time.");
        }
    }

    /// <summary>The same frames, without steering: to be taken off.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public uint FramesAlone()
    {
        uint sum = 0;
        foreach (ref readonly SteeredFrame frame in _frames.AsSpan(_from))
        {
            sum += _box.PassAlone(frame);
        }

        return sum;
    }

    private void Replay(ReadOnlySpan<SteeredFrame> frames)
    {
        foreach (ref readonly SteeredFrame frame in frames)
        {
            _box.Release(frame.At);
            _box.Pass(frame);
        }
    }
}
