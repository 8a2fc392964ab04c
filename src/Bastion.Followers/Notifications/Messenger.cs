using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Policy;

namespace Bastion.Followers.Notifications;

/// <summary>Puts messages into the outbox, one delivery for each address and webhook.</summary>
internal sealed class Messenger(NotificationOptions options, Outbox outbox, PolicyHolder policies, EvidenceLog evidence)
{
    /// <summary>More people than this are told by a list of the mail server's.</summary>
    private const int MaximumRecipients = 100;

    /// <summary>Somebody would hear of it at all.</summary>
    public bool IsConfigured => options.Mail is not null || options.Webhooks.Count > 0;

    public async Task SendAsync(Message message, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> addresses = options.Mail is null ? [] : AddressesOf(names);
        foreach (string address in addresses)
        {
            await AddAsync(message, "mail", address, cancellationToken);
        }

        foreach (WebhookOptions? webhook in options.Webhooks.Where(each => message.Kind == MessageKind.Report
            ? each.Reports
            : each.Notices))
        {
            await AddAsync(message, "webhook", webhook.Name, cancellationToken);
        }
    }

    /// <summary>
    /// An address stands for itself. A name of the policy stands for its own addresses, or for those of its members,
    /// whoever they are now.
    /// </summary>
    public IReadOnlyList<string> AddressesOf(IEnumerable<string> names)
    {
        var found = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        PolicySnapshot policy = policies.Current;
        foreach (string name in names)
        {
            if (name.Contains('@', StringComparison.Ordinal))
            {
                found.Add(name);
            }
            else if (options.Addresses.TryGetValue(name, out IReadOnlyList<string>? own))
            {
                found.UnionWith(own);
            }
            else
            {
                foreach (Person? person in policy.People.Values.Where(person => person.Active
                    && options.Addresses.ContainsKey(person.Name)))
                {
                    if (policy.MembershipsOf(new Policy.PolicyPrincipal(person.Name)).Contains(name))
                    {
                        found.UnionWith(options.Addresses[person.Name]);
                    }
                }
            }
        }

        return [.. found.Take(MaximumRecipients)];
    }

    private async Task AddAsync(Message message, string channel, string recipient, CancellationToken cancellationToken)
    {
        if (!await outbox.AddAsync(message, channel, recipient, cancellationToken))
        {
            await evidence.TryRecordAsync(new DeliveryFailed
            {
                Message = message.Id,
                Channel = channel,
                Recipient = recipient,
                Tries = 0,
                Final = true,
                Reason = $"{Outbox.MaximumWaiting} messages wait already; mend the mail server or the webhook",
            });
        }
    }
}
