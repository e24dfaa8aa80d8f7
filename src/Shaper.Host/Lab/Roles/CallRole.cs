using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Interop;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>
/// One end of the call: sends 50 packets a second, DSCP EF, and notes the one-way delay of what comes from the other end.
/// </summary>
/// <remarks>
/// <para>Usage: <c>lab-role call LOCAL PEER</c>. Orders: <c>probe N DRAIN</c> sends N packets and answers <c>probed RECEIVED</c>;
/// <c>call TRIAL START PACKETS DRAIN</c> (monotonic ns, ns) holds a call and answers with <c>live</c> lines, one <c>s NUMBER DELAY</c> a packet, <c>called</c>.</para>
/// <para>Both ends run on one machine, so CLOCK_MONOTONIC is common: the sender writes it into the packet just before sending; the receiver takes
/// the kernel's receive stamp, carried over from CLOCK_REALTIME by reading both clocks at once. The reader's own wake-up is thus not measured.
/// One thread does everything, allocates nothing during a call, and tells the runtime so.</para>
/// </remarks>
internal sealed class CallRole : IDisposable
{
    public const int Port = 16384;

    private const int ExpeditedForwardingTos = 0xB8;
    private const long PacketGapNanoseconds = 1_000_000_000L / LabScenario.CallPacketsPerSecond;
    private const long NoGcBudgetBytes = 8 << 20;
    private const uint ProbeTrial = 0;
    private static readonly Duration ReportEvery = Duration.FromMilliseconds(250);

    private readonly RoleConsole _console;
    private readonly MonotonicClock _clock = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly PollSet _wait = new(1);
    private readonly byte[] _outgoing = new byte[CallPacket.LengthBytes];
    private readonly byte[] _incoming = new byte[2048];

    private CallRole(RoleConsole console, IPAddress local, IPAddress peer)
    {
        _console = console;
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, ExpeditedForwardingTos);
        _socket.Bind(new IPEndPoint(local, Port));
        _socket.Connect(peer, Port);
        _socket.SetRawSocketOption(StampedDatagrams.OptionLevel, StampedDatagrams.OptionName, BitConverter.GetBytes(1));
        _wait.Set(0, (int)_socket.SafeHandle.DangerousGetHandle());
    }

    public static int Run(IReadOnlyList<string> arguments)
    {
        RoleConsole console = new();
        using CallRole role = new(console, IPAddress.Parse(arguments[0]), IPAddress.Parse(arguments[1]));
        TimerSlack.Minimise();
        console.Say($"ready");
        while (true)
        {
            string[] order = console.NextOrder();
            if (order[0] == "probe")
            {
                role.Probe(int.Parse(order[1], CultureInfo.InvariantCulture), new(long.Parse(order[2], CultureInfo.InvariantCulture)));
            }
            else if (order[0] == "call")
            {
                role.Call(
                    uint.Parse(order[1], CultureInfo.InvariantCulture),
                    new(long.Parse(order[2], CultureInfo.InvariantCulture)),
                    int.Parse(order[3], CultureInfo.InvariantCulture),
                    new(long.Parse(order[4], CultureInfo.InvariantCulture)));
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Is there a path? Also compiles every method that a call runs, so that the call itself does not.</summary>
    private void Probe(int packets, Duration drain)
    {
        CallLog log = new(packets);
        Exchange(ProbeTrial, _clock.Now, packets, drain, log);
        _console.Say($"probed {log.Received}");
    }

    private void Call(uint trial, Instant start, int packets, Duration drain)
    {
        CallLog log = new(packets);
        using CancellationTokenSource over = new();
        Thread reporter = new(() => Report(log, over.Token)) { IsBackground = true, Name = "report" };
        reporter.Start();
        GC.Collect();
        bool noGc = GC.TryStartNoGCRegion(NoGcBudgetBytes);
        long worstLag = Exchange(trial, start, packets, drain, log);
        if (noGc && System.Runtime.GCSettings.LatencyMode == System.Runtime.GCLatencyMode.NoGCRegion)
        {
            GC.EndNoGCRegion();
        }

        over.Cancel();
        reporter.Join();
        for (int i = 0; i < packets; i++)
        {
            _console.Say($"s {i} {log.Delays[i]}");
        }

        _console.Say($"called {log.Received} {log.Duplicates} {log.Reordered} {worstLag}");
    }

    /// <summary>Sends on schedule and receives until <paramref name="drain"/> after the last packet. Returns how late the latest send was, ns.</summary>
    private long Exchange(uint trial, Instant start, int packets, Duration drain, CallLog log)
    {
        CallPacket.Prepare(_outgoing, trial);
        Instant end = new Instant(start.Nanoseconds + (packets * PacketGapNanoseconds)) + drain;
        long worstLag = 0;
        int sent = 0;
        Instant now = _clock.Now;
        while (now < end)
        {
            Instant due = sent < packets ? new(start.Nanoseconds + (sent * PacketGapNanoseconds)) : end;
            if (sent < packets && now >= due)
            {
                worstLag = Math.Max(worstLag, (now - due).Nanoseconds);
                Send(sent++);
            }
            else
            {
                _wait.Wait((due - now).Nanoseconds);
                Receive(trial, log);
            }

            now = _clock.Now;
        }

        return worstLag;
    }

    private void Send(int number)
    {
        CallPacket.Stamp(_outgoing, number, _clock.Now.Nanoseconds);

        // With an error code instead of an exception: an ICMP "unreachable" from before the other end was up is reported here.
        _socket.Send(_outgoing, SocketFlags.None, out _);
    }

    private void Receive(uint trial, CallLog log)
    {
        while (StampedDatagrams.TryReceive(_socket.SafeHandle, _incoming, out int length, out long unixNanoseconds))
        {
            long monotonic = _clock.Now.Nanoseconds;
            long age = Math.Max(0, UnixClock.RealtimeNanoseconds - unixNanoseconds);
            if (CallPacket.TryRead(_incoming.AsSpan(0, length), trial, out int number, out long sentAt))
            {
                log.Record(number, monotonic - age - sentAt);
            }
        }
    }

    private void Report(CallLog log, CancellationToken over)
    {
        while (!over.WaitHandle.WaitOne((int)ReportEvery.TotalMilliseconds))
        {
            _console.Say($"live {log.Highest} {log.Received} {log.TakeWindowMax()}");
        }
    }
}
