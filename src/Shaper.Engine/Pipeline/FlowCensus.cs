using Shaper.Engine.Capacity;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>Answers a <see cref="FlowQuery"/> a slice at a time, so that listing a hundred thousand connections delays no frame by more than some microseconds.</summary>
/// <remarks>
/// First the connection table, then the heavy flows that are left alone; one that both know is told once, with the state of the table and the rate of whoever counts it.
/// A slice is at most <see cref="RowsEachTurn"/> flows, or <see cref="PlacesEachTurn"/> places where hardly any is in use. Nothing is allocated, nothing locked.
/// Owned by the shaping thread.
/// </remarks>
public sealed class FlowCensus
{
    /// <summary>Each costs a few cache misses: some 10 us a turn.</summary>
    public const int RowsEachTurn = 64;

    /// <summary>Places looked at in a turn, empty ones included.</summary>
    public const int PlacesEachTurn = 512;

    /// <summary>As long as a connection counts as active without data; see <see cref="FairShares"/>.</summary>
    private const long ShortestIdle = 200_000_000;

    /// <summary>
    /// For so long a flow is shown as kept back by its window after it was last. One that fills its window now and then would else be shown now as the one, now as the other.
    /// </summary>
    private const long LimitedMemory = 500_000_000;

    /// <summary>What trickles is told only to those who ask for it by name: a list of all would drown in pings.</summary>
    private const double LeastListedBits = 1_000;

    /// <summary>An unsteered flow that has been silent for so long is no longer told.</summary>
    private const long UnsteeredPatience = 30_000_000_000;

    private readonly FlowQuerySlot _slot;
    private readonly TcpSteering? _steering;
    private readonly UnsteeredFlows _unsteered;
    private FlowQuery? _query;
    private int _next;
    private FlowRow _row;

    /// <param name="steering">Null where TCP is left alone.</param>
    public FlowCensus(FlowQuerySlot slot, TcpSteering? steering, UnsteeredFlows unsteered)
    {
        _slot = slot;
        _steering = steering;
        _unsteered = unsteered;
    }

    /// <summary>Ten times a second.</summary>
    public void Settle(Instant now) => _unsteered.Settle(now);

    /// <summary>Does one slice of what is asked for; true while there is more to do.</summary>
    public bool Work(Instant now)
    {
        FlowQuery? query = _slot.Asked;
        if (query is null)
        {
            _query = null;
            return false;
        }

        if (!ReferenceEquals(query, _query))
        {
            _query = query;
            _next = 0;
        }

        int connections = _steering?.Table.Capacity ?? 0;
        int end = connections + UnsteeredFlows.Places;
        int stop = Math.Min(end, _next + PlacesEachTurn);
        for (int rows = 0; _next < stop && rows < RowsEachTurn; _next++)
        {
            if (_next < connections ? TryCopy(_steering!, _next, now) : TryCopy(_next - connections, query.Filter.NamesAnEnd, now))
            {
                query.Add(_row);
                rows++;
            }
        }

        if (_next < end)
        {
            return true;
        }

        _query = null;
        query.Finish(now);
        _slot.Withdraw(query);
        return false;
    }

    private bool TryCopy(TcpSteering steering, int index, Instant now)
    {
        ConnectionTable table = steering.Table;
        if (!table.Contains(index))
        {
            return false;
        }

        ref readonly TcpConnection connection = ref table.Connections[index];
        _row = default;
        _row.Key = table.Key(index);
        _row.IsTracked = true;
        _row.Connection = connection;
        _row.InsideIsFirst = connection.Has(ConnectionFlags.InsideIsFirst);
        _row.ClassId = (connection.Flags & (ConnectionFlags.OutsideSyn | ConnectionFlags.DataSeen)) != 0 ? connection.ClassId : -1;
        _row.OutsideTrafficClass = connection.OutsideTrafficClass;
        _row.InsideTrafficClass = connection.InsideTrafficClass;
        _row.Group = steering.Shares.GroupOf(connection);
        (_row.ClassShareBits, _row.ClassUnsteeredBits) = steering.Shares.ClassOf(connection.ClassId);
        _row.ShareBits = steering.Shares.ShareOf(connection);
        _row.HoldLimit = steering.Grants.HoldLimit(connection);

        // The table's clock has milliseconds and goes round.
        _row.LastSeen = now.Nanoseconds - ((ConnectionTable.Milliseconds(now.Nanoseconds) - connection.LastSeenMilliseconds) * 1_000_000L);
        _row.Reason = connection.Reason;
        if (_row.Reason == SteerReason.Steered && connection.Generation != steering.Generation)
        {
            _row.Reason = SteerReason.FramesUnseen;
        }

        if (connection.IsSteerable)
        {
            long idle = Math.Max(4 * connection.Base.Nanoseconds, ShortestIdle);
            bool active = connection.Has(ConnectionFlags.Active) && now.Nanoseconds - steering.Shares.LastArrivalOf(connection) <= idle;
            _row.RateBits = active ? steering.Shares.RateOf(connection) : 0;
            _row.State = _row.Reason != SteerReason.Steered ? SteeringState.NotSteerable
                : !active ? SteeringState.Idle
                : steering.Shares.WasLimitedSince(connection, now.Nanoseconds - LimitedMemory) ? SteeringState.Steered
                : SteeringState.SenderLimited;
            return true;
        }

        _row.State = SteeringState.NotSteerable;
        int place = _unsteered.Find(_row.Key, table.HashOf(index));
        if (place >= 0)
        {
            ref readonly UnsteeredFlow flow = ref _unsteered[place];
            _row.RateBits = flow.RateBits;
            _row.Bytes = flow.Bytes;
            _row.ClassId = flow.ClassId;
        }

        return true;
    }

    private bool TryCopy(int place, bool isNamed, Instant now)
    {
        if (!_unsteered.Heavy.Contains(place))
        {
            return false;
        }

        ref readonly UnsteeredFlow flow = ref _unsteered[place];
        if (now.Nanoseconds - flow.LastSeen > UnsteeredPatience || (!isNamed && flow.RateBits < LeastListedBits))
        {
            return false;
        }

        _row = default;
        _row.Key = _unsteered.Heavy.Key(place);
        if (_steering is not null && _steering.Table.Find(_row.Key, _unsteered.Heavy.HashOf(place)) >= 0)
        {
            return false;
        }

        _row.InsideIsFirst = flow.InsideIsFirst;
        _row.ClassId = flow.ClassId;
        _row.OutsideTrafficClass = flow.TrafficClass;
        _row.RateBits = flow.RateBits;
        _row.Bytes = flow.Bytes;
        _row.LastSeen = flow.LastSeen;
        _row.State = SteeringState.NotSteerable;
        _row.Reason = flow.Reason;
        _row.HasQuicHeader = flow.HasQuicHeader;
        return true;
    }
}
