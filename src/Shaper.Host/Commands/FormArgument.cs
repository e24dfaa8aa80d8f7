using System.CommandLine;

namespace Shaper.Host.Commands;

/// <summary>An argument whose value has a text form; what does not fit is answered with that form.</summary>
internal sealed class FormArgument<T> : Argument<T>, IAcceptsForm
{
    private readonly TryRead<T> _read;

    public FormArgument(string name, string helpName, string description, string acceptedForm, TryRead<T> read)
        : base(name)
    {
        _read = read;
        AcceptedForm = acceptedForm;
        HelpName = helpName;
        Description = description;
        CustomParser = result => Forms.Read(result, this, read);
    }

    public string AcceptedForm { get; }

    public string? Complaint(string text) => _read(text, out _) ? null : $"{Name} '{Forms.Shortened(text)}': give {AcceptedForm}";
}
