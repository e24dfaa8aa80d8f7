using Shaper.Engine.Interop;

namespace Shaper.Engine.Ports;

/// <summary>
/// Follows one interface by name: up, down, gone, back again as another one. Opened and asked in the same network namespace, by one thread.
/// </summary>
internal sealed class InterfaceWatch : IDisposable
{
    private readonly InterfaceQuery _query;
    private readonly string _name;
    private volatile PortState _state;
    private long _reopens;

    /// <exception cref="PortException">There is no such interface.</exception>
    public InterfaceWatch(string name)
    {
        _name = name;
        _query = new();
        if (!_query.TryGet(name, out InterfaceFacts facts))
        {
            _query.Dispose();
            throw new PortException(name, "there is no such network interface (ip link lists them)");
        }

        Facts = facts;
        _state = StateOf(facts);
    }

    /// <summary>As last seen; those of the old interface while it is gone.</summary>
    public InterfaceFacts Facts { get; private set; }

    /// <summary>Any thread.</summary>
    public PortState State => _state;

    /// <summary>Times the interface came back up. Any thread.</summary>
    public long Reopens => Volatile.Read(ref _reopens);

    /// <summary>Looks again. True when the interface is there but is not the one seen before: what was opened on the old one is dead.</summary>
    public bool LookForReplacement()
    {
        if (!_query.TryGet(_name, out InterfaceFacts facts))
        {
            _state = PortState.Gone;
            return false;
        }

        PortState state = StateOf(facts);
        bool replaced = facts.Index != Facts.Index;
        if (state == PortState.Up && (replaced || _state != PortState.Up))
        {
            Volatile.Write(ref _reopens, _reopens + 1);
        }

        Facts = facts;
        _state = state;
        return replaced;
    }

    public void Dispose() => _query.Dispose();

    private static PortState StateOf(InterfaceFacts facts) => facts.HasCarrier ? PortState.Up : PortState.Down;
}
