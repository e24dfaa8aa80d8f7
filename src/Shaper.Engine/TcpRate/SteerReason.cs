namespace Shaper.Engine.TcpRate;

/// <summary>Why a flow is steered or left alone, as found where that is decided.</summary>
public enum SteerReason : byte
{
    /// <summary>Both SYNs were seen and agree: its windows can be read and lowered.</summary>
    Steered,

    /// <summary>Nobody asked for steering.</summary>
    SteeringOff,

    /// <summary>Neither UDP nor a tunnel shows windows.</summary>
    NotTcp,

    /// <summary>Its SYN did not pass here: it began before the box did, or while the kernel carried the traffic. Its window scale is unknown.</summary>
    SynNotSeen,

    /// <summary>One of its SYNs was seen and then established state: the other one went another way, or before us.</summary>
    OneDirection,

    /// <summary>A SYN was repeated with another number or another window scale, or one was answered that did not pass here.</summary>
    SynsContradict,

    /// <summary>The connection table had no room for it.</summary>
    TableFull,

    /// <summary>The kernel carried frames of it meanwhile; its next acknowledgement begins again from the window that the inside offers.</summary>
    FramesUnseen,

    /// <summary>The handshake is not over yet.</summary>
    Opening,

    /// <summary>Reset, or closed from both sides; forgotten after 10 s.</summary>
    Closed,

    /// <summary>TCP in IP fragments, or with headers that cannot be read.</summary>
    Unreadable,
}
