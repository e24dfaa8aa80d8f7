namespace Shaper.Engine.Capacity;

/// <summary>What the box can say of the provider's side of the link, from where it stands.</summary>
public enum UpstreamState : byte
{
    /// <summary>No call is up, so there is nothing to tell it by.</summary>
    Unknown,

    /// <summary>Calls arrive whole and in time.</summary>
    Clear,

    /// <summary>Calls arrive damaged, and what fills the link is mostly TCP: steering is at work on it.</summary>
    Congested,

    /// <summary>Calls arrive damaged, and what fills the link does not listen: it cannot be controlled from this side.</summary>
    NotControllable,

    /// <summary>Calls arrive damaged although the link is not full: the trouble lies further away than our port.</summary>
    Elsewhere,
}
