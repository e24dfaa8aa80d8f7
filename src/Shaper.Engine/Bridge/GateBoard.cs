using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>The page shared with the gate's programs: the spans of the shaper's carriage, the ports, and the programs' counts.</summary>
/// <remarks>
/// Words of 64 bits, grouped by writer in cache lines: the spans (written by the shaping thread each millisecond, read for each frame; the ends for
/// acknowledgements behind the others, because they are read only while the kernel carries); clock offset, port indexes and the box's addresses (written rarely); the counts of each port (written by the programs).
/// </remarks>
internal sealed class GateBoard : IIntervalBoard, IDisposable
{
    /// <summary>
    /// A frame can wait between its stamp and its judgement, and in the capture ring longer, so the last spans stay posted. Six is the least with which
    /// stalls that follow one another as fast as they can, a span's life apart, always find a slot whose frames have been judged: 5 x 25.5 ms outlast
    /// <see cref="CarriageIntervals.AcksLonger"/> and <see cref="CarriageIntervals.Judgement"/>, which keep a seventh span from coming too early.
    /// </summary>
    public const int IntervalSlots = 6;

    public const int RealtimeMinusTai = FirstRareLine * WordsPerLine;

    /// <summary>Not 0 while unicast frames that are not to the box can be dropped as soon as they come in.</summary>
    public const int BoxIsKnown = RealtimeMinusTai + 3;

    /// <summary>Unicast addresses of the box: bridge, wan, lan.</summary>
    public const int BoxAddresses = 3;

    private const int WordsPerLine = 8;
    private const int FirstAcksUntil = IntervalSlots * 2;
    private const int FirstRareLine = 3;
    private const int FirstPortIndex = RealtimeMinusTai + 1;
    private const int FirstBoxAddress = RealtimeMinusTai + 4;
    private const int FirstPortLine = 4;
    private const int WordCount = (FirstPortLine + 2) * WordsPerLine;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private long _realtimeMinusTai;

    public BpfMap Map { get; } = new(WordCount, "shaper_gate");

    public int Slots => IntervalSlots;

    public long UnixNowNs => UnixClock.RealtimeNanoseconds;

    public static int From(int slot) => slot * 2;

    public static int Until(int slot) => (slot * 2) + 1;

    public static int AcksUntil(int slot) => FirstAcksUntil + slot;

    public static int InterfaceIndex(int port) => FirstPortIndex + port;

    public static int BoxAddress(int place) => FirstBoxAddress + place;

    public static int UnstampedFrames(int port) => (FirstPortLine + port) * WordsPerLine;

    public static int SuppressedFrames(int port) => ((FirstPortLine + port) * WordsPerLine) + 1;

    public static int ForwardedFrames(int port) => ((FirstPortLine + port) * WordsPerLine) + 2;

    public void PostFrom(int slot, long unixNs) => Map.Write(From(slot), unixNs);

    public void PostEnds(int slot, long untilNs, long acksUntilNs)
    {
        PostClockOffset();
        Map.Write(AcksUntil(slot), acksUntilNs);
        Map.WriteAndFence(Until(slot), untilNs);
    }

    public void Dispose() => Map.Dispose();

    /// <summary>The programs can read TAI but not the wall clock. The two differ by whole seconds, which change when the time service says so.</summary>
    private void PostClockOffset()
    {
        long difference = UnixClock.RealtimeNanoseconds - UnixClock.TaiNanoseconds;
        long seconds = (long)Math.Round(difference / (double)NanosecondsPerSecond);
        if (seconds * NanosecondsPerSecond != _realtimeMinusTai)
        {
            _realtimeMinusTai = seconds * NanosecondsPerSecond;
            Map.Write(RealtimeMinusTai, _realtimeMinusTai);
        }
    }
}
