namespace Shaper.Engine.Pipeline;

/// <summary>Says whether every frame that came to the ports has come up to us too, so that of those that the kernel carried in a stall none is unknown.</summary>
/// <remarks>Of one-thread mode, in which the shaping thread owns the ports as well. Owned by the shaping thread.</remarks>
public sealed class CarriageWitness(IngressPump inbound, IngressPump outbound)
{
    private long _missed;

    /// <summary>Whether none was missed since this was asked last, as far as the ports knew when they were tended.</summary>
    public bool SawAll()
    {
        long missed = inbound.Missed + outbound.Missed;
        bool all = missed == _missed;
        _missed = missed;
        return all;
    }

    /// <summary>The same, with the kernel's counts read anew.</summary>
    public bool SawAllSoFar()
    {
        inbound.Tend();
        outbound.Tend();
        return SawAll();
    }
}
