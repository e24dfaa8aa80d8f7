using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>
/// Fetches transfers of 20 to 200 KB from several servers in turn, each on its own connection; starts are a Poisson process with a fixed seed,
/// so that every trial asks for the same sizes at the same moments.
/// </summary>
internal sealed class TransferClient(IReadOnlyList<IPEndPoint> servers, BitRate offered)
{
    public const int SmallestBytes = 20_000;
    public const int LargestBytes = 200_000;
    private const int Seed = 7;

    /// <summary>How long transfers that were under way at the end may still take.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly MonotonicClock _clock = new();
    private readonly Lock _lock = new();
    private readonly List<(int Bytes, double Seconds)> _done = [];
    private int _failed;

    /// <summary>Runs from <paramref name="start"/> to <paramref name="end"/>, waits for the last ones, and returns what became of all.</summary>
    public async Task<(int Started, int Failed, IReadOnlyList<(int Bytes, double Seconds)> Done)> RunAsync(Instant start, Instant end)
    {
        Random random = new(Seed);
        double meanGapSeconds = (SmallestBytes + LargestBytes) / 2.0 * 8 / offered.BitsPerSecond;
        using CancellationTokenSource over = new();
        List<Task> transfers = [];
        Instant next = start;
        while (next < end)
        {
            Duration early = next - _clock.Now;
            if (early > Duration.Zero)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(early.TotalMilliseconds)).ConfigureAwait(false);
            }

            transfers.Add(FetchAsync(servers[transfers.Count % servers.Count], random.Next(SmallestBytes, LargestBytes + 1), over.Token));
            next += Duration.FromSeconds(-Math.Log(1 - random.NextDouble()) * meanGapSeconds);
        }

        over.CancelAfter(Grace);
        await Task.WhenAll(transfers).ConfigureAwait(false);
        return (transfers.Count, _failed, _done);
    }

    private async Task FetchAsync(IPEndPoint server, int bytes, CancellationToken over)
    {
        Instant start = _clock.Now;
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        int got = 0;
        try
        {
            await socket.ConnectAsync(server, over).ConfigureAwait(false);
            await socket.SendAsync(Encoding.ASCII.GetBytes(bytes.ToString(CultureInfo.InvariantCulture) + "\n"), over).ConfigureAwait(false);
            byte[] buffer = new byte[64 << 10];
            int more;
            while ((more = await socket.ReceiveAsync(buffer, over).ConfigureAwait(false)) > 0)
            {
                got += more;
            }
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            got = -1;
        }

        double seconds = (_clock.Now - start).TotalSeconds;
        lock (_lock)
        {
            if (got == bytes)
            {
                _done.Add((bytes, seconds));
            }
            else
            {
                _failed++;
            }
        }
    }
}
